//! What has to be fetched for the layers of a plan.

use super::layer::{Content, Layer};
use super::step::{Step, Work};
use crate::{Font, LayerSource};

pub(super) fn of_steps<'a>(steps: &'a [Step], sources: &mut Vec<LayerSource<'a>>) {
    for step in steps {
        match step {
            Step::Work(work) => of_work(work, sources),
            Step::Choice(choice) => {
                of_steps(&choice.then, sources);
                of_steps(&choice.otherwise, sources);
            }
        }
    }
}

fn of_work<'a>(work: &'a Work, sources: &mut Vec<LayerSource<'a>>) {
    for Layer { content, steps, .. } in &work.layers {
        match content {
            Content::Image(input) => sources.push(LayerSource::Image(input)),
            Content::Text(text) => match &text.font {
                Font::File { resource, .. } => sources.push(LayerSource::Font { resource }),
                Font::BuiltIn(_) => {}
            },
            Content::Block(_) => {}
        }
        for work in steps {
            of_work(work, sources);
        }
    }
}
