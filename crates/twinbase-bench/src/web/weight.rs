//! What a page weighs at a first visit, as it is sent: itself, and every style, script and picture that it loads.

use std::collections::HashMap;

use anyhow::ensure;
use studyhall_load::{Client, Person};

use crate::{
    report::{Bound, Measurement},
    statistics::median,
};

/// In thousands of bytes.
const LIGHT: f64 = 100.0;
/// What a browser reads where it trusts the connection no further.
const ENCODINGS: &str = "gzip";
/// All that pages load is below it: they load nothing from elsewhere.
const BELOW: &str = "\"/assets/";

pub(super) async fn measure(
    client: &Client,
    person: &Person,
    paths: &[String],
) -> anyhow::Result<Measurement> {
    let (mut assets, mut weights) = (HashMap::new(), Vec::new());
    let mut heaviest = (0.0, "");
    for path in paths {
        // Without compression, to read what it loads.
        let text = person.open(path, "identity").await?.text();
        let mut weight = person.open(path, ENCODINGS).await?.body.len();
        for part in text.split(BELOW).skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            if !assets.contains_key(name) {
                let reply = client.get(&format!("/assets/{name}"), ENCODINGS).await?;
                ensure!(reply.status.is_success(), "{name}: {}", reply.status);
                assets.insert(name.to_owned(), reply.body.len());
            }
            weight += assets[name];
        }
        #[expect(clippy::cast_precision_loss, reason = "bytes of a page")]
        let weight = weight as f64 / 1e3;
        if weight > heaviest.0 {
            heaviest = (weight, path);
        }
        weights.push(weight);
    }
    let detail = format!(
        "{}; median {:.1}; of it {} bytes of styles, scripts and icon",
        heaviest.1,
        median(&mut weights),
        assets.values().sum::<usize>(),
    );
    let name = "the heaviest page with everything, compressed";
    Ok(Measurement::one(
        name,
        "kB",
        heaviest.0,
        Some(Bound::AtMost(LIGHT)),
        detail,
    ))
}
