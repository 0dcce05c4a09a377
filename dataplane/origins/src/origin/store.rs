//! The types of origins behind one face.

use imgplane_config::OriginKind;

use crate::{
    Failure, Request, SetupError,
    akeneo_pim::AkeneoPim,
    azure_blob::AzureBlob,
    cloudinary_backup,
    gcs::Gcs,
    opening::Opening,
    path::encode_path,
    probe,
    s3::S3,
    s3_compatible,
    source::{Answer, Slot, Source},
    steps::Steps,
    volume::Volume,
    web_folder::WebFolder,
    web_proxy::WebProxy,
    wish::Wish,
};

/// An origin's type, opened.
#[derive(Debug)]
pub(super) enum Store {
    S3(Box<S3>),
    Gcs(Box<Gcs>),
    AzureBlob(Box<AzureBlob>),
    WebFolder(Box<WebFolder>),
    WebProxy(Box<WebProxy>),
    AkeneoPim(Box<AkeneoPim>),
    Volume(Box<Volume>),
}

/// How an origin that has the known version of a file tells that it is marked as private now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// What is marked is another version.
    InVersions,
    /// Not by the word that it is that version: an `ETag` is one of the bytes alone, and what is said beside it differs from
    /// one maker of stores to the next.
    BesideVersions,
    /// By the header that marks it, which stands in all answers.
    Repeated,
}

/// Does the same for each type; `$source` is the type's own.
macro_rules! of_each {
    ($store:expr, $source:ident => $do:expr) => {
        match $store {
            Store::S3($source) => $do,
            Store::Gcs($source) => $do,
            Store::AzureBlob($source) => $do,
            Store::WebFolder($source) => $do,
            Store::WebProxy($source) => $do,
            Store::AkeneoPim($source) => $do,
            Store::Volume($source) => $do,
        }
    };
}

impl Store {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, SetupError> {
        Ok(match &opening.config.kind {
            OriginKind::S3(place) => Self::S3(Box::new(S3::amazon(place, opening)?)),
            OriginKind::S3Compatible(place) => Self::S3(Box::new(s3_compatible::open(place, opening)?)),
            OriginKind::CloudinaryBackup(place) => {
                Self::S3(Box::new(cloudinary_backup::open(place, opening)?))
            }
            OriginKind::Gcs(place) => Self::Gcs(Box::new(Gcs::open(place, opening)?)),
            OriginKind::AzureBlob(place) => Self::AzureBlob(Box::new(AzureBlob::open(place, opening)?)),
            OriginKind::WebFolder(place) => Self::WebFolder(Box::new(WebFolder::open(place, opening)?)),
            OriginKind::WebProxy(place) => Self::WebProxy(Box::new(WebProxy::open(place, opening)?)),
            OriginKind::AkeneoPim(place) => Self::AkeneoPim(Box::new(AkeneoPim::open(place, opening)?)),
            OriginKind::Volume(place) => {
                Self::Volume(Box::new(Volume::open(place, opening.policy(), opening.connector)?))
            }
        })
    }

    /// What messages call the origin.
    pub(super) fn label(&self) -> &'static str {
        of_each!(self, source => source.label())
    }

    /// Where the file of a request is, for the operator; empty for a request that has no file.
    pub(super) fn whereabouts(&self, request: &Request) -> String {
        of_each!(self, source => {
            source.locate(request).map(|place| source.whereabouts(&place)).unwrap_or_default()
        })
    }

    /// The path of a file as it is published elsewhere.
    pub(super) fn canonical_path(&self, resource: &str) -> String {
        match self {
            Self::WebProxy(_) => encode_path(&WebProxy::path(resource).unwrap_or_default()),
            _ => encode_path(resource.trim_start_matches('/')),
        }
    }

    /// Whether the host that the client asked for matters.
    pub(super) fn wants_host(&self) -> bool {
        matches!(self, Self::WebFolder(folder) if folder.forwards_host())
    }

    /// How it tells that a file is marked as private now.
    pub(super) fn marks(&self) -> Marks {
        match self {
            Self::S3(_) | Self::Gcs(_) => Marks::BesideVersions,
            // An `ETag` of a blob is one of its metadata too, and files of volumes have no mark.
            Self::AzureBlob(_) | Self::Volume(_) => Marks::InVersions,
            Self::WebFolder(_) | Self::WebProxy(_) | Self::AkeneoPim(_) => Marks::Repeated,
        }
    }

    /// The path of a file that nobody has, from its name.
    pub(super) fn absent(&self, name: &str) -> String {
        of_each!(self, source => source.absent(name))
    }

    /// What is said instead of a probe where there is nobody to ask.
    pub(super) fn probe_unasked(&self, steps: &mut Steps) -> Option<String> {
        of_each!(self, source => source.probe_unasked(steps))
    }

    /// Checks that a request can be asked at all, without contacting anybody.
    pub(super) fn check(&self, request: &Request) -> Result<(), Failure> {
        of_each!(self, source => source.locate(request).map(drop))
    }

    /// Asks, and once more where that may help.
    pub(super) async fn ask(
        &self,
        request: &Request,
        wish: &Wish,
        slot: &Slot,
        retries: u8,
    ) -> Result<Answer, Failure> {
        of_each!(self, source => {
            let place = source.locate(request)?;
            super::ask_repeatedly(&**source, &place, wish, slot, retries).await
        })
    }

    /// Asks as a request would, for a probe, and tells of each step.
    pub(super) async fn ask_probing(
        &self,
        request: &Request,
        slot: &Slot,
        retries: u8,
        steps: &mut Steps,
    ) -> Result<Answer, Failure> {
        of_each!(self, source => probe::ask(&**source, request, slot, retries, steps).await)
    }
}
