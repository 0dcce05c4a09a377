//! What runs inside the cluster: the client that asks for pictures, and the pictures.

pub(crate) mod churn;
pub(crate) mod get;
pub(crate) mod hold;
pub(crate) mod load;
pub(crate) mod pictures;

use anyhow::Context as _;

/// Runs a future on a small runtime.
fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the runtime does not start")?
        .block_on(future)
}

/// Prints one line of JSON: the answer that the driver outside reads.
#[expect(clippy::print_stdout, reason = "the program's answer")]
fn print(value: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}

/// Prepares the HTTP client's cryptography, which it asks for even where it speaks plain HTTP.
fn prepare() {
    // An error says that it was done already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The whole chain of an error, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
