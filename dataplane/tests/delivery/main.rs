//! The real server on a free port of this machine, with folders and small web servers as origins.

mod admin;
mod drain;
mod failures;
mod files;
mod harness;
mod overload;
mod pictures;
mod program;
mod protocol;
mod reload;
mod web;
