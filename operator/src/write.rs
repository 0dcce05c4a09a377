//! The only writers of status and events, within a budget.
