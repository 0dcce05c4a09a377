//! The Kubernetes API of imgplane: kinds, rules, conditions and generated YAML.
