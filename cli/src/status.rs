//! `imgplane status`: every object of the three kinds in a cluster, whether it is ready, and what to do where it is not.

mod row;
mod table;

use std::time::Duration;

use crate::{
    args::{Output, Status},
    cluster::{self, Cluster},
    exit::{Exit, print},
    finding::counted,
};

use row::{Ready, Row};

/// How long the whole command may wait for the cluster. A healthy one answers in well under a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the command.
pub(crate) fn run(args: &Status) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listed = runtime.block_on(async {
        tokio::time::timeout(PATIENCE, list(args)).await.unwrap_or(Err(cluster::Error::Silent(PATIENCE)))
    });
    let (scope, rows) = match listed {
        Ok(listed) => listed,
        Err(error) => return Ok(Exit::usage(&error)),
    };
    match args.output {
        Output::Json => print(&format!("{}\n", serde_json::to_string_pretty(&rows)?))?,
        Output::Text => {
            print(&table::Table(&rows).to_string())?;
            eprintln!("{}", summary(&rows, &scope));
        }
    }
    Ok(if rows.iter().all(|row| row.ready == Ready::True) { Exit::Fine } else { Exit::Problems })
}

/// Where was looked, in words, and what was found.
async fn list(args: &Status) -> Result<(String, Vec<Row>), cluster::Error> {
    let cluster = Cluster::connect(args.context.as_deref()).await?;
    let namespace = match (args.all_namespaces, &args.namespace) {
        (true, _) => None,
        (false, Some(namespace)) => Some(namespace.as_str()),
        (false, None) => Some(cluster.namespace()),
    };
    let scope = namespace.map_or_else(|| "all namespaces".to_owned(), |name| format!("namespace {name}"));
    let objects = cluster.list(namespace).await?;
    let mut rows: Vec<_> = objects.iter().map(|(kind, object)| Row::new(*kind, object)).collect();
    rows.sort_by(|a, b| a.place().cmp(&b.place()));
    Ok((scope, rows))
}

fn summary(rows: &[Row], scope: &str) -> String {
    let unready = rows.iter().filter(|row| row.ready != Ready::True).count();
    match (rows.len(), unready) {
        (0, _) => format!("no Origin, UrlEndpoint or DataPlane in {scope}"),
        (all, 0) => format!("{} in {scope}, all ready", counted(all, "object")),
        (all, unready) => format!("{} in {scope}, {unready} not ready", counted(all, "object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_where_was_looked_and_how_many_are_not_ready() {
        let row = |status: &str| {
            let object = serde_json::json!({
                "metadata": {"namespace": "shop", "name": "a"},
                "status": {"conditions": [{"type": "Ready", "status": status}]},
            });
            Row::new(imgplane_crds::Kind::Origin, &object)
        };
        for (rows, expected) in [
            (vec![], "no Origin, UrlEndpoint or DataPlane in namespace shop"),
            (vec![row("True")], "1 object in namespace shop, all ready"),
            (vec![row("True"), row("False"), row("Unknown")], "3 objects in namespace shop, 2 not ready"),
        ] {
            assert_eq!(summary(&rows, "namespace shop"), expected);
        }
    }
}
