//! Replaces names by the steps that they stand for.

use super::{MAX_DEPTH, NamedTransformations, Texts, is_name, names};
use crate::UrlError;
use crate::message::Shown;
use crate::syntax::{self, Chain, Conditional, Item, Layer, MAX_IF_DEPTH, MAX_LAYERS, MAX_STEPS, Pair, Step};

/// Puts stored chains in place of their names. What stands beside a name in its step becomes a step of its own behind
/// the stored ones. `within`: the name that `text` itself is stored under.
///
/// Fails with `EINVAL` for names that are not stored or switched off, that stand in a circle or more than three deep,
/// and with `ELIMIT` when the whole has more steps or layers than a string may have, or deeper conditionals. No name
/// stands in a layer, so that layers get no deeper.
pub(crate) fn expand<'a>(
    tree: Chain<'a>,
    text: &'a str,
    named: &'a NamedTransformations,
    within: Option<&'a str>,
) -> Result<(Chain<'a>, Texts<'a>), UrlError> {
    let texts = Texts::new(text);
    // Nearly no string holds a name.
    if !mentions_names(&tree) {
        return Ok((tree, texts));
    }
    let mut expander = Expander { named, texts, trail: within.into_iter().collect(), ifs: 0 };
    let chain = expander.chain(tree)?;
    let (steps, layers) = count(&chain);
    if steps > MAX_STEPS {
        return Err(UrlError::limit(format!(
            "With its named transformations the string has {steps} steps; the limit is {MAX_STEPS}"
        )));
    }
    if layers > MAX_LAYERS {
        return Err(UrlError::limit(format!(
            "With its named transformations the string has {layers} layers; the limit is {MAX_LAYERS}"
        )));
    }
    Ok((chain, expander.texts))
}

struct Expander<'a> {
    named: &'a NamedTransformations,
    texts: Texts<'a>,
    /// Names that are being expanded, the outermost first.
    trail: Vec<&'a str>,
    /// Conditionals around what is being expanded, those of other texts included.
    ifs: usize,
}

impl<'a> Expander<'a> {
    fn chain(&mut self, chain: Chain<'a>) -> Result<Chain<'a>, UrlError> {
        let mut steps = Vec::with_capacity(chain.steps.len());
        for step in chain.steps {
            match step {
                Step::Items(items) => self.items(items, &mut steps)?,
                Step::If(conditional) => {
                    let Conditional { text, condition, then, otherwise } = conditional;
                    self.ifs += 1;
                    if self.ifs > MAX_IF_DEPTH {
                        return Err(UrlError::limit(format!(
                            "With its named transformations the string nests if blocks {} levels deep; the limit \
                             is {MAX_IF_DEPTH}",
                            self.ifs
                        )));
                    }
                    let then = self.chain(then)?;
                    let otherwise = otherwise.map(|chain| self.chain(chain)).transpose()?;
                    self.ifs -= 1;
                    steps.push(Step::If(Conditional { text, condition, then, otherwise }));
                }
            }
            // Names can multiply: no more is made than can be wrong.
            if steps.len() > MAX_STEPS {
                break;
            }
        }
        Ok(Chain { steps })
    }

    /// Of several names in a step the last one counts, as of any parameter.
    fn items(&mut self, items: Vec<Item<'a>>, steps: &mut Vec<Step<'a>>) -> Result<(), UrlError> {
        let name = |item: &Item<'a>| match item {
            Item::Pair(pair) => names(pair).map(|_| *pair),
            Item::Layer(_) => None,
        };
        let Some(pair) = items.iter().rev().find_map(name) else {
            steps.push(Step::Items(items));
            return Ok(());
        };
        steps.extend(self.stored(&pair)?.steps);
        let rest: Vec<_> = items.into_iter().filter(|item| name(item).is_none()).collect();
        if !rest.is_empty() {
            steps.push(Step::Items(rest));
        }
        Ok(())
    }

    fn stored(&mut self, pair: &Pair<'a>) -> Result<Chain<'a>, UrlError> {
        let name = pair.value;
        let text = self.named.get(name).map_err(|why| self.wrong(pair, why))?;
        if self.trail.contains(&name) {
            return Err(self.wrong(pair, "is a named transformation that names itself"));
        }
        if self.trail.len() >= MAX_DEPTH {
            return Err(self.wrong(pair, "is named more than three deep"));
        }
        let tree = syntax::parse(text).map_err(|error| {
            UrlError { message: format!("n-{name}: {}", error.message), ..error }.at(None)
        })?;
        let start = self.texts.add(name, text);
        self.trail.push(name);
        let chain = self.chain(moved(tree, start));
        self.trail.pop();
        chain
    }

    fn wrong(&self, pair: &Pair<'_>, why: &str) -> UrlError {
        let message = format!("n: {} {why} ({})", Shown(pair.value), self.texts.place(pair.at));
        UrlError::invalid(message).at(self.texts.character(pair.at))
    }
}

fn mentions_names(chain: &Chain<'_>) -> bool {
    chain.steps.iter().any(|step| match step {
        Step::Items(items) => items.iter().any(|item| match item {
            Item::Pair(pair) => pair.key == "n" && is_name(pair.value),
            Item::Layer(_) => false,
        }),
        Step::If(conditional) => {
            mentions_names(&conditional.then) || conditional.otherwise.as_ref().is_some_and(mentions_names)
        }
    })
}

/// Steps of the chain with its branches, and layers at any depth.
fn count(chain: &Chain<'_>) -> (usize, usize) {
    let layers_in = |layer: &Layer<'_>| count(&layer.chain).1 + 1;
    let mut total = (0, 0);
    for step in &chain.steps {
        total.0 += 1;
        match step {
            Step::Items(items) => {
                total.1 += items
                    .iter()
                    .map(|item| match item {
                        Item::Layer(layer) => layers_in(layer),
                        Item::Pair(_) => 0,
                    })
                    .sum::<usize>();
            }
            Step::If(conditional) => {
                for branch in [Some(&conditional.then), conditional.otherwise.as_ref()].into_iter().flatten()
                {
                    let (steps, layers) = count(branch);
                    total = (total.0 + steps, total.1 + layers);
                }
            }
        }
    }
    total
}

/// The same tree with all offsets moved on.
fn moved(chain: Chain<'_>, by: usize) -> Chain<'_> {
    let steps = chain.steps.into_iter().map(|step| match step {
        Step::Items(items) => Step::Items(
            items
                .into_iter()
                .map(|item| match item {
                    Item::Pair(pair) => Item::Pair(Pair { start: pair.start + by, at: pair.at + by, ..pair }),
                    Item::Layer(layer) => {
                        Item::Layer(Layer { chain: moved(layer.chain, by), at: layer.at + by, ..layer })
                    }
                })
                .collect(),
        ),
        Step::If(conditional) => Step::If(Conditional {
            then: moved(conditional.then, by),
            otherwise: conditional.otherwise.map(|chain| moved(chain, by)),
            ..conditional
        }),
    });
    Chain { steps: steps.collect() }
}
