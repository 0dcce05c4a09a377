//! The operator as a whole: watches, the election, the admin port, and the loop of whoever leads.

use std::sync::Arc;

use kube::Client;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Settings,
    admin::{Admin, AdminError, Health},
    lease,
    metrics::Metrics,
    reconcile::{Heartbeat, INTERVAL, Reconciler, Surroundings},
    watch::World,
    write::{Announcer, StatusWriter},
};

/// The operator cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its admin port cannot be opened.
    #[error(transparent)]
    Admin(#[from] AdminError),
}

/// Runs one replica until `shutdown`.
///
/// Every replica watches and answers on its admin port; the one that holds the Lease writes. Returns once the Lease was
/// released, so that another replica takes over at once.
///
/// # Errors
/// [`RunError`] when it cannot start. An API server that is away is no error: it is waited for.
pub async fn run(client: Client, settings: Settings, shutdown: CancellationToken) -> Result<(), RunError> {
    let admin = Admin::bind(settings.admin_listen).await?;
    tracing::info!(admin = %admin.local_addr(), identity = settings.identity, "listening");
    let metrics = Metrics::new();
    let heartbeat = Heartbeat::new();
    let (world, changes) = World::start(client.clone(), &settings, shutdown.clone());
    let health = {
        let (heartbeat, world) = (heartbeat.clone(), world.clone());
        Health::new(move || heartbeat.age(), move || world.is_synced())
    };
    // It answers until the very end, so that the last scrape of a replica that stops is not lost.
    let answering = CancellationToken::new();
    let served = tokio::spawn(admin.serve(health, metrics.clone(), answering.clone()));

    let (leads, election) = lease::contend(
        client.clone(),
        &settings.namespace,
        &settings.identity,
        settings.deployment.as_deref(),
        shutdown.clone(),
    );
    let settings = Arc::new(settings);
    let around = Surroundings { world, changes, settings, metrics, heartbeat };
    serve_terms(&client, &around, leads, &shutdown).await;
    // Ends with the release of the Lease, which it makes once nobody leads any more.
    let _ended = election.await;
    answering.cancel();
    let _ended = served.await;
    Ok(())
}

/// Leads whenever this replica holds the Lease.
async fn serve_terms(
    client: &Client,
    around: &Surroundings,
    mut leads: watch::Receiver<bool>,
    shutdown: &CancellationToken,
) {
    loop {
        around.heartbeat.beat();
        around.metrics.leads(false);
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(INTERVAL) => continue,
            leading = leads.wait_for(|leads| *leads) => if leading.is_err() { return },
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(INTERVAL), if !around.world.is_synced() => continue,
            () = around.world.synced() => {}
        }
        around.metrics.leads(true);
        tracing::info!("leading");
        let term = shutdown.child_token();
        let writer = StatusWriter::start(client.clone(), term.clone());
        let identity = &around.settings.identity;
        let announcer = Announcer::start(client.clone(), identity, term.clone());
        let reconciler = Reconciler::new(client, around.clone(), writer, announcer);
        tokio::select! {
            () = shutdown.cancelled() => {}
            _ = leads.wait_for(|leads| !*leads) => {}
            () = reconciler.lead() => {}
        }
        term.cancel();
        tracing::info!("not leading any more");
    }
}
