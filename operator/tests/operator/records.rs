//! What is rendered: the right records for the right pool, and nothing of what is refused.

use std::time::Duration;

use imgplane_config::{
    Auth, Bundle, Cache, ChromaSubsampling, Credential, FileSet, FormatSelection, Gcs, MetadataPolicy,
    OriginConfig, OriginKind, PngCompression, Purges, UnknownParameters,
};
use imgplane_operator::{IMPLICIT_ENDPOINT, RenderError, render, render::with_purges, validate};

use crate::world::{hour, id, snapshot, validated};

fn bundle(yaml: &str) -> Bundle {
    render(&validated(yaml), &id("imgplane-system/default")).unwrap()
}

fn ids<T>(records: &[imgplane_config::Record<T>]) -> Vec<String> {
    records.iter().map(|record| record.id.to_string()).collect()
}

const PHOTOS: &str = "
---
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {namespace: shop, name: photos, generation: 4}
spec: {type: Volume, volume: {name: photos}}
";

#[test]
fn defaults_are_those_of_the_documentation() {
    let yaml = format!(
        "{PHOTOS}---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {{namespace: shop, name: main, generation: 7}}
spec: {{origins: [{{name: photos}}]}}
"
    );
    let bundle = bundle(&yaml);
    assert_eq!(ids(&bundle.endpoints), ["shop/main"]);
    assert_eq!(bundle.endpoints[0].generation, 7);
    let endpoint = &bundle.endpoints[0].body;
    assert_eq!((endpoint.account.as_str(), endpoint.prefix.as_str()), ("shop", ""));
    assert_eq!(endpoint.origins, [id("shop/photos")]);
    assert!(endpoint.optimization.auto_format && !endpoint.optimization.auto_avif);
    assert_eq!(endpoint.optimization.quality.default, 80);
    assert_eq!(endpoint.caching.ttl, Duration::from_hours(365 * 24));
    assert_eq!(endpoint.limits.max_input_bytes, 40 << 20);
    let origin = &bundle.origins[0];
    assert_eq!(origin.generation, 4);
    assert_eq!(origin.body.fetch.total_timeout, Duration::from_secs(30));
    assert_eq!(origin.body.fetch.max_object_size, 10 << 30);
    assert_eq!(bundle.credentials, []);
    assert_eq!(bundle.data_plane.body.network.allowed_cidrs.len(), 4);
    assert_eq!(bundle.data_plane.body.limits.queue, 256);
}

#[test]
fn every_field_arrives_in_its_record() {
    let bundle = bundle(
        r#"
apiVersion: imgplane.dev/v1alpha1
kind: DataPlane
metadata: {namespace: imgplane-system, name: default}
spec:
  default: true
  hosts: [img.example.com]
  domains: [{host: static.example.com, account: shop}]
  network: {allowedCIDRs: [10.1.2.3/8], trustedProxies: [10.9.9.9/16], egressProxy: "http://proxy.example.com:3128"}
  limits: {memoryBudget: 1Gi, maxConcurrency: 3, queue: 9, queueTimeout: 250ms}
  cache: {memory: 8Mi, disk: {size: 20Gi}}
---
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {namespace: shop, name: store}
spec:
  type: S3Compatible
  s3Compatible:
    bucket: media
    endpoint: https://minio.shop.svc:9000/
    region: r1
    forcePathStyle: true
    prefix: /raw/
    auth: {secretRef: {name: keys}}
  canonicalHeader: {baseUrl: "https://www.example.com/"}
  fetch:
    connectTimeout: 1s
    headersTimeout: 2s
    bodyStallTimeout: 3s
    totalTimeout: 4s
    retries: 0
    maxObjectSize: 5Mi
    maxConcurrency: 6
  probe: {enabled: false, path: "dir/a%20b.jpg", interval: 90s}
---
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {namespace: shop, name: public}
spec: {type: S3, s3: {bucket: public, region: "", endpoint: "", auth: {type: Anonymous}}}
---
apiVersion: v1
kind: Secret
metadata: {namespace: shop, name: keys}
stringData: {accessKey: AKIA, secretKey: hush, sessionToken: token}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {namespace: shop, name: main}
spec:
  urlPrefix: p
  customDomains: [IMG.shop.example]
  mediaLibrary: {originRef: {name: public}}
  origins: [{name: store}]
  optimization:
    autoFormat: false
    autoAvif: true
    quality: {enabled: false, default: 55}
    chromaSubsampling: "420"
    pngCompression: None
    formatSelection: Smallest
    metadata: ColorProfile
    autoOrient: false
    dataSaver: {enabled: true, quality: 33}
  caching: {ttl: 12h, negativeTtl: 0s, originCacheControl: true, staleIfError: 90s}
  limits: {maxInputBytes: 1Mi, maxPixels: 2, transformationTimeout: 3s, maxConcurrency: 4}
  compat: {unknownParameters: Reject, invalidValues: Ignore}
"#,
    );
    let plane = &bundle.data_plane.body;
    assert_eq!(plane.hosts, ["img.example.com"]);
    assert_eq!(
        (plane.domains[0].host.as_str(), plane.domains[0].account.as_str()),
        ("static.example.com", "shop")
    );
    assert_eq!(plane.network.allowed_cidrs[0].to_string(), "10.0.0.0/8");
    assert_eq!(plane.network.trusted_proxies[0].to_string(), "10.9.0.0/16");
    assert_eq!(plane.network.egress_proxy.as_deref(), Some("http://proxy.example.com:3128"));
    assert_eq!(plane.limits.memory_budget, Some(1 << 30));
    assert_eq!((plane.limits.max_concurrency, plane.limits.queue), (3, 9));
    assert_eq!(plane.limits.queue_timeout, Duration::from_millis(250));
    assert_eq!(plane.cache, Cache { memory: 8 << 20, disk: Some(20 << 30) });

    assert_eq!(ids(&bundle.origins), ["shop/public", "shop/store"]);
    let OriginKind::S3(public) = &bundle.origins[0].body.kind else { panic!("public is of type S3") };
    assert_eq!((&public.region, &public.endpoint, public.auth), (&None, &None, Auth::Anonymous));
    let store = &bundle.origins[1].body;
    let OriginKind::S3Compatible(s3) = &store.kind else { panic!("store is of type S3Compatible") };
    assert_eq!((s3.bucket.as_str(), s3.endpoint.as_str()), ("media", "https://minio.shop.svc:9000"));
    assert_eq!((s3.region.as_deref(), s3.force_path_style), (Some("r1"), true));
    assert_eq!((s3.prefix.as_str(), s3.auth), ("raw", Auth::Secret));
    assert_eq!(store.canonical_base_url.as_deref(), Some("https://www.example.com"));
    let fetch = &store.fetch;
    let timeouts =
        [fetch.connect_timeout, fetch.headers_timeout, fetch.body_stall_timeout, fetch.total_timeout];
    assert_eq!(timeouts.map(|timeout| timeout.as_secs()), [1, 2, 3, 4]);
    assert_eq!((fetch.retries, fetch.max_object_size, fetch.max_concurrency), (0, 5 << 20, 6));
    let probe = &store.probe;
    assert_eq!((probe.enabled, probe.path.as_str()), (false, "dir/a%20b.jpg"));
    assert_eq!(probe.interval.as_secs(), 90);
    assert_eq!(bundle.origins[0].body.probe, imgplane_config::Probe::default());

    assert_eq!(ids(&bundle.credentials), ["shop/store"]);
    assert_eq!(store.secret_name.as_deref(), Some("keys"));
    let Credential::S3 { access_key, secret_key, session_token } = &bundle.credentials[0].body else {
        panic!("the keys are of S3")
    };
    assert_eq!((access_key.expose(), secret_key.expose()), ("AKIA", "hush"));
    assert_eq!(session_token.as_ref().map(imgplane_config::SecretText::expose), Some("token"));

    let endpoint = &bundle.endpoints[0].body;
    assert_eq!(endpoint.custom_domains, ["img.shop.example"]);
    assert_eq!(endpoint.media_library, Some(id("shop/public")));
    assert_eq!(endpoint.origins, [id("shop/store")]);
    let optimization = &endpoint.optimization;
    assert!(!optimization.auto_format && optimization.auto_avif && !optimization.auto_orient);
    assert_eq!((optimization.quality.enabled, optimization.quality.default), (false, 55));
    assert_eq!(optimization.chroma_subsampling, ChromaSubsampling::Half);
    assert_eq!(optimization.png_compression, PngCompression::None);
    assert_eq!(optimization.format_selection, FormatSelection::Smallest);
    assert_eq!(optimization.metadata, MetadataPolicy::ColorProfile);
    assert_eq!(optimization.data_saver.map(|data_saver| data_saver.quality), Some(33));
    assert_eq!(endpoint.caching.ttl, Duration::from_hours(12));
    assert_eq!(endpoint.caching.negative_ttl, Duration::ZERO);
    assert!(endpoint.caching.origin_cache_control);
    assert_eq!(endpoint.caching.stale_if_error, Duration::from_secs(90));
    let limits = &endpoint.limits;
    assert_eq!((limits.max_input_bytes, limits.max_pixels, limits.max_concurrency), (1 << 20, 2, 4));
    assert_eq!(limits.transformation_timeout, Duration::from_secs(3));
    assert_eq!(endpoint.compat.unknown_parameters, UnknownParameters::Reject);
    assert_eq!(endpoint.compat.invalid_values, imgplane_config::InvalidValues::Ignore);
}

#[test]
fn no_endpoint_is_served_at_the_account_of_the_api_not_even_an_implicit_one() {
    let bundle = bundle(include_str!("cases/account-of-the-api.yaml"));
    let served: Vec<_> =
        bundle.endpoints.iter().map(|record| (record.id.to_string(), &*record.body.account)).collect();
    assert_eq!(served, [("v1/with-another".to_owned(), "acme")]);
}

#[test]
fn results_are_kept_in_memory_unless_it_is_said_otherwise() {
    for (cache, expected) in [
        ("", Cache { memory: 256 << 20, disk: None }),
        (", cache: {}", Cache { memory: 256 << 20, disk: None }),
        (", cache: {memory: 0}", Cache::default()),
        (", cache: {memory: 0, disk: {size: 1Gi}}", Cache { memory: 0, disk: Some(1 << 30) }),
        (", cache: {disk: {size: 256Mi}}", Cache { memory: 256 << 20, disk: Some(256 << 20) }),
    ] {
        let yaml = format!(
            "kind: DataPlane\nmetadata: {{namespace: imgplane-system, name: default}}\nspec: {{default: true{cache}}}\n"
        );
        let config = bundle(&yaml).data_plane.body;
        assert_eq!(config.cache, expected, "{cache}");
        assert!(config.purges.is_empty(), "no manifest purges anything there");
    }
}

#[test]
fn a_new_text_of_the_annotation_changes_the_record_and_nothing_else() {
    let annotated = |annotations: &str| {
        let yaml = format!(
            "{PHOTOS}---\nkind: UrlEndpoint\nmetadata: {{namespace: shop, name: main, generation: 7{annotations}}}\n\
             spec: {{origins: [{{name: photos}}]}}\n"
        );
        bundle(&yaml)
    };
    let with = |text: &str| annotated(&format!(", annotations: {{imgplane.dev/purge: \"{text}\"}}"));
    let plain = annotated(", annotations: {team: web}");
    assert_eq!(plain, annotated(""), "other annotations are nobody's business");
    assert_eq!(plain, with(" "));
    let (first, second) = (with("release 1"), with("release 2"));
    assert_eq!(first, with(" release 1 "));
    let record = &first.endpoints[0];
    assert_eq!((record.generation, record.body.caching.purge.as_deref()), (7, Some("release 1")));
    let hashes = [&plain, &first, &second].map(|bundle| &bundle.endpoints[0].hash);
    assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2] && hashes[0] != hashes[2]);
    let others = |bundle: &Bundle| Bundle { endpoints: vec![], ..bundle.clone() };
    assert_eq!(others(&plain), others(&second));
}

#[test]
fn a_list_of_purges_stands_in_the_record_of_the_data_plane_alone() {
    let before = bundle(&format!(
        "{PHOTOS}---\nkind: UrlEndpoint\nmetadata: {{namespace: shop, name: main}}\nspec: {{}}\n"
    ));
    let purges = Purges { dropped: 7, ..Purges::default() };
    let after = with_purges(before.clone(), &purges).unwrap();
    assert_eq!(after.data_plane.body.purges, purges);
    assert_ne!(after.data_plane.hash, before.data_plane.hash);
    assert_eq!(Bundle { data_plane: before.data_plane.clone(), ..after.clone() }, before);
    assert_eq!(with_purges(after, &Purges::default()).unwrap(), before);
}

#[test]
fn an_endpoint_with_a_missing_origin_serves_from_the_others() {
    let bundle = bundle(include_str!("cases/origins.yaml"));
    assert_eq!(ids(&bundle.endpoints), ["shop/main", "shop/none"]);
    assert_eq!(bundle.endpoints[0].body.origins, [id("shop/photos")]);
    assert_eq!(bundle.endpoints[0].body.media_library, None);
    assert_eq!(bundle.endpoints[1].body.origins, []);
    assert_eq!(ids(&bundle.origins), ["blog/elsewhere", "shop/photos"]);
}

#[test]
fn an_origin_without_its_secret_is_run_without_credentials() {
    let bundle = bundle(include_str!("cases/secrets.yaml"));
    assert_eq!(ids(&bundle.credentials), ["shop/good"]);
    assert_eq!(bundle.endpoints[0].body.origins, [id("shop/good"), id("shop/absent")]);
    assert!(ids(&bundle.origins).contains(&"shop/absent".to_owned()));
}

#[test]
fn a_volume_that_is_not_lent_never_reaches_a_pod() {
    let bundle = bundle(include_str!("cases/volumes.yaml"));
    assert_eq!(ids(&bundle.origins), ["blog/lent", "shop/photos"]);
    let greedy = bundle.endpoints.iter().find(|record| record.id == id("shop/greedy")).unwrap();
    assert_eq!(greedy.body.origins, []);
}

#[test]
fn who_loses_a_conflict_is_not_served_and_who_wins_does_not_notice() {
    let addresses = bundle(include_str!("cases/address-conflict.yaml"));
    assert_eq!(ids(&addresses.endpoints), ["blog/products", "shop/a", "shop/older"]);
    let domains = bundle(include_str!("cases/domain-conflict.yaml"));
    assert_eq!(ids(&domains.endpoints), ["shop/first", "shop/third"]);
}

#[test]
fn each_data_plane_runs_its_own_endpoints_and_their_origins() {
    let validated = validated(include_str!("cases/two-defaults.yaml"));
    let old = render(&validated, &id("imgplane-system/old")).unwrap();
    let new = render(&validated, &id("imgplane-system/new")).unwrap();
    assert_eq!(
        (ids(&old.endpoints), ids(&old.origins)),
        (vec!["shop/main".into()], vec!["shop/photos".into()])
    );
    assert_eq!(
        (ids(&new.endpoints), ids(&new.origins)),
        (vec!["shop/named".into()], vec!["shop/photos".into()])
    );
    assert!(validated.data_planes[&id("imgplane-system/old")].default);
    assert!(!validated.data_planes[&id("imgplane-system/new")].default);
}

#[test]
fn a_data_plane_that_cannot_be_used_is_not_rendered() {
    let validated = validated(include_str!("cases/invalid-data-plane.yaml"));
    let error = render(&validated, &id("imgplane-system/broken")).unwrap_err();
    assert!(matches!(error, RenderError::NoDataPlane(_)), "{error}");
    let good = render(&validated, &id("imgplane-system/good")).unwrap();
    assert_eq!(ids(&good.endpoints), ["shop/main"]);
}

#[test]
fn status_columns_can_be_read_off() {
    let validated = validated(include_str!("cases/origins.yaml"));
    let main = &validated.endpoints[&id("shop/main")];
    assert_eq!((main.usable_origins(), main.listed_origins), (1, 3));
    assert_eq!(validated.origins[&id("shop/photos")].listed_by.len(), 1);
}

#[test]
fn a_namespace_without_default_endpoint_is_served_by_its_oldest_origin_where_that_is_wanted() {
    let origin = |namespace: &str, name: &str, day: u8| {
        format!(
            "---
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {{namespace: {namespace}, name: {name}, creationTimestamp: \"2026-01-{day:02}T00:00:00Z\"}}
spec: {{type: Volume, volume: {{name: photos}}}}
"
        )
    };
    let yaml = |implicit: bool| {
        let plane = format!(
            "
apiVersion: imgplane.dev/v1alpha1
kind: DataPlane
metadata: {{namespace: imgplane-system, name: default}}
spec: {{default: true, volumes: [{{name: photos}}], implicitDefaultEndpoint: {implicit}}}
"
        );
        let endpoints = "---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {namespace: blog, name: main}
spec: {origins: [{name: only}]}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {namespace: shop, name: prefixed}
spec: {urlPrefix: x, origins: [{name: young}]}
";
        [
            plane,
            origin("shop", "young", 9),
            origin("shop", "old", 2),
            origin("blog", "only", 1),
            endpoints.into(),
        ]
        .concat()
    };
    let with = bundle(&yaml(true));
    let implicit = format!("shop/{IMPLICIT_ENDPOINT}");
    assert_eq!(ids(&with.endpoints), ["blog/main", implicit.as_str(), "shop/prefixed"]);
    let record = &with.endpoints[1].body;
    assert_eq!((record.account.as_str(), record.prefix.as_str()), ("shop", ""));
    assert_eq!(record.origins, [id("shop/old")]);
    assert_eq!(ids(&bundle(&yaml(false)).endpoints), ["blog/main", "shop/prefixed"]);
}

#[test]
fn records_survive_their_files_and_keep_their_hashes() {
    let bundle = bundle(include_str!("cases/two-manifests.yaml"));
    let files = FileSet::write(&bundle).unwrap();
    let loaded =
        FileSet::read(|name| files.config.get(name).or_else(|| files.secret.get(name)).cloned()).unwrap();
    assert_eq!(loaded.endpoints, bundle.endpoints);
    assert_eq!(loaded.origins, bundle.origins);
    assert_eq!(loaded.refused, []);
}

/// The record of an origin, with its credential.
fn origin(bundle: &Bundle, id: &str) -> (OriginConfig, Option<Credential>) {
    let id = self::id(id);
    let config = bundle.origins.iter().find(|record| record.id == id).unwrap().body.clone();
    let credential = bundle.credentials.iter().find(|record| record.id == id);
    (config, credential.map(|record| record.body.clone()))
}

#[test]
fn buckets_of_google_have_one_sort_of_credential_whichever_way_it_was_written() {
    let bundle = bundle(include_str!("cases/google-buckets.yaml"));
    let (file, credential) = origin(&bundle, "shop/file");
    let place = Gcs { bucket: "media".into(), endpoint: None, prefix: "raw".into(), auth: Auth::Secret };
    assert_eq!((file.kind, file.secret_name.as_deref()), (OriginKind::Gcs(place), Some("file")));
    let Some(Credential::Gcs { private_key, private_key_id: Some(_), .. }) = credential else {
        panic!("{credential:?}")
    };
    let (_, credential) = origin(&bundle, "shop/fields");
    let Some(Credential::Gcs { private_key: repaired, private_key_id: None, .. }) = credential else {
        panic!("{credential:?}")
    };
    assert_eq!(private_key, repaired, "line breaks that were written as two characters are line breaks");
    assert_eq!(origin(&bundle, "shop/absent").1, None);
    assert_eq!(origin(&bundle, "shop/public").0.secret_name, None);
}

#[test]
fn containers_of_azure_keep_their_credential_also_when_it_has_ended() {
    let azure = bundle(include_str!("cases/azure-containers.yaml"));
    let (config, credential) = origin(&azure, "shop/signature");
    let OriginKind::AzureBlob(blob) = config.kind else { panic!("{config:?}") };
    assert_eq!(
        (blob.account_name.as_str(), blob.container.as_str(), blob.auth),
        ("shop", "media", Auth::Secret)
    );
    let Some(Credential::AzureSas { sas_token }) = credential else { panic!("{credential:?}") };
    assert!(sas_token.expose().starts_with("sv=2022"), "without the question mark");
    assert!(matches!(origin(&azure, "shop/key").1, Some(Credential::AzureKey { .. })));

    let yaml = include_str!("cases/credential-expiring.yaml");
    let expiring = bundle(yaml);
    assert_eq!(ids(&expiring.credentials), ["shop/ended", "shop/ending", "shop/good"]);
    let validated = validated(yaml);
    assert_eq!(
        validated.outdated_at(hour(crate::world::TODAY)),
        Some(hour("2026-05-02T00:00:00Z")),
        "the next thing to be told is the end of the third"
    );
    assert_eq!(validated.outdated_at(hour("2026-05-02T00:00:00Z")), Some(hour("2026-05-07T11:00:00Z")));
    assert_eq!(validated.outdated_at(hour("2027-01-01T00:00:00Z")), None);
}

#[test]
fn every_part_of_a_web_folder_arrives_in_its_records() {
    let bundle = bundle(include_str!("cases/web-folders.yaml"));
    let (config, credential) = origin(&bundle, "shop/good");
    let OriginKind::WebFolder(web) = &config.kind else { panic!("{config:?}") };
    assert!(web.forward_host_header && web.secret_headers && !web.tls.client_certificate);
    let public: Vec<_> = web.headers.iter().map(|header| (&*header.name, &*header.value)).collect();
    assert_eq!(public, [("User-Agent", "Mozilla/5.0 (X11)")]);
    assert_eq!(config.secret_name.as_deref(), Some("web"));
    let Some(Credential::Web { headers, client_certificate: None }) = credential else {
        panic!("{credential:?}")
    };
    assert_eq!((&*headers[0].name, headers[0].value.expose()), ("X-Auth", "Bearer hush"));

    // Half of the headers are none: nothing is fetched without all of them.
    let (config, credential) = origin(&bundle, "shop/secrets");
    let OriginKind::WebFolder(web) = &config.kind else { panic!("{config:?}") };
    assert!(web.secret_headers && credential.is_none());
    assert_eq!(config.secret_name, None, "headers of several Secrets");
    let (config, credential) = origin(&bundle, "shop/client-broken");
    let OriginKind::WebFolder(web) = &config.kind else { panic!("{config:?}") };
    assert!(web.tls.client_certificate && credential.is_none());
}

#[test]
fn a_client_certificate_goes_with_the_secret_headers() {
    let mut snapshot = snapshot(
        "
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {namespace: shop, name: mtls}
spec:
  type: WebFolder
  webFolder: {baseUrl: 'https://a.example', tls: {clientCertificateRef: {name: mtls}, insecureSkipVerify: true}}
",
    );
    let made = rcgen::generate_simple_self_signed(["client".to_owned()]).unwrap();
    let pair = [("tls.crt", made.cert.pem()), ("tls.key", made.signing_key.serialize_pem())];
    let data = pair.map(|(key, pem)| (key.to_owned(), pem.into_bytes())).into();
    snapshot.secrets.insert(id("shop/mtls"), data);
    let validated = validate(&snapshot);
    assert_eq!(validated.problems, []);
    let bundle = render(&validated, &id("imgplane-system/default")).unwrap();
    let (config, credential) = origin(&bundle, "shop/mtls");
    let OriginKind::WebFolder(web) = &config.kind else { panic!("{config:?}") };
    assert!(web.tls.client_certificate && web.tls.insecure_skip_verify);
    let Some(Credential::Web { headers, client_certificate: Some(certificate) }) = credential else {
        panic!("{credential:?}")
    };
    assert!(headers.is_empty());
    assert_eq!(config.secret_name.as_deref(), Some("mtls"));
    assert_eq!(certificate.certificate.expose(), made.cert.pem());
    assert_eq!(certificate.key.expose(), made.signing_key.serialize_pem());
}

#[test]
fn of_a_ca_bundle_only_certificates_reach_the_record() {
    let bundle = bundle(include_str!("cases/ca-bundles.yaml"));
    let bundle_of = |id: &str| match origin(&bundle, id).0.kind {
        OriginKind::WebFolder(web) => web.tls.ca_bundle,
        OriginKind::S3Compatible(s3) => s3.tls.ca_bundle,
        other => panic!("{other:?}"),
    };
    let good = bundle_of("shop/good").unwrap();
    assert!(good.starts_with("-----BEGIN CERTIFICATE-----") && !good.contains("PRIVATE"), "{good}");
    assert_eq!(bundle_of("shop/store").as_ref(), Some(&good));
    assert_eq!(bundle_of("shop/absent"), None);
}

#[test]
fn a_proxy_that_is_open_by_mistake_reaches_no_pod() {
    let bundle = bundle(include_str!("cases/web-proxies.yaml"));
    assert_eq!(ids(&bundle.origins), ["shop/good", "shop/meant"]);
    let OriginKind::WebProxy(proxy) = &bundle.origins[0].body.kind else { panic!("good is a proxy") };
    assert_eq!(proxy.allowed_schemes, ["https"]);
    assert_eq!(proxy.allowed_ports, [8443]);
    assert_eq!(proxy.denied_hosts, ["intranet.example.com"]);
}

#[test]
fn an_identity_that_is_not_lent_reaches_no_pod() {
    let bundle = bundle(include_str!("cases/workload-identity.yaml"));
    assert_eq!(ids(&bundle.origins), ["shop/azure", "shop/backup", "shop/gcs", "shop/s3"]);
    let greedy = bundle.endpoints.iter().find(|record| record.id == id("blog/greedy")).unwrap();
    assert_eq!(greedy.body.origins, []);
    let OriginKind::S3(s3) = &bundle.origins[3].body.kind else { panic!("the last one is a bucket of S3") };
    assert_eq!(s3.auth, Auth::WorkloadIdentity);
}

#[test]
fn what_an_endpoint_makes_of_its_urls_arrives_and_keys_travel_apart() {
    let bundle = bundle(
        r#"
apiVersion: v1
kind: Secret
metadata: {namespace: shop, name: keys}
stringData: {privateKey: first, next: second}
---
apiVersion: imgplane.dev/v1alpha1
kind: UrlEndpoint
metadata: {namespace: shop, name: main}
spec:
  urlRewriter: {type: Cloudinary, preserveAssetDeliveryTypes: true}
  namedTransformations: [{name: thumb, value: "tr:w-1"}, {name: draft, value: w-2, enabled: false}]
  restrictUnnamedTransformations: true
  security:
    signingKeys: [{secretRef: {name: keys}}, {secretRef: {name: keys, key: next}}]
    restrictUnsigned: {images: AI, videos: All}
    treatAllAsPrivate: true
    blockedCIDRs: [203.0.113.7, 10.1.2.3/8]
    blockedUserAgents: [ByteSpider]
    referrers: {allow: ["https://WWW.shop.example:8080/page"], allowEmpty: true}
    clockSkew: 90s
  acceptOverrides: [{userAgent: MyApp/, accept: image/webp}]
  defaultImage: {path: /none%20yet.jpg}
  compat: {legacyOverlays: Translate}
"#,
    );
    let endpoint = serde_json::to_value(&bundle.endpoints[0].body).unwrap();
    for (pointer, expected) in [
        ("/urlRewriter", serde_json::json!({"type": "Cloudinary", "preserveAssetDeliveryTypes": true})),
        ("/namedTransformations/0", serde_json::json!({"name": "thumb", "value": "tr:w-1", "enabled": true})),
        ("/namedTransformations/1/enabled", serde_json::json!(false)),
        ("/restrictUnnamedTransformations", serde_json::json!(true)),
        ("/security/signingKeys", serde_json::json!(["keys/privateKey", "keys/next"])),
        ("/security/restrictUnsigned", serde_json::json!({"images": "AI", "videos": "All"})),
        ("/security/treatAllAsPrivate", serde_json::json!(true)),
        ("/security/blockedCIDRs", serde_json::json!(["203.0.113.7/32", "10.0.0.0/8"])),
        ("/security/blockedUserAgents", serde_json::json!(["bytespider"])),
        ("/security/referrers", serde_json::json!({"allow": ["www.shop.example"], "allowEmpty": true})),
        ("/security/clockSkew", serde_json::json!(90_000)),
        ("/acceptOverrides", serde_json::json!([{"userAgent": "myapp/", "accept": "image/webp"}])),
        ("/defaultImage", serde_json::json!("none%20yet.jpg")),
        ("/compat/legacyOverlays", serde_json::json!("Translate")),
    ] {
        assert_eq!(endpoint.pointer(pointer), Some(&expected), "{pointer}");
    }
    let [keys] = &bundle.signing_keys[..] else { panic!("{:?}", bundle.signing_keys) };
    assert_eq!(keys.id, id("shop/main"));
    let keys: Vec<_> = keys.body.keys.iter().map(|key| (key.name.as_str(), key.value.expose())).collect();
    assert_eq!(keys, [("keys/privateKey", "first"), ("keys/next", "second")]);
    assert!(!endpoint.to_string().contains("first"), "no value of a key stands in the settings");
}
