//go:build tools

// Package tools names etcd, so that Go builds it at one pinned version. Its dependencies differ from Kubernetes' own.
package tools

import _ "go.etcd.io/etcd/server/v3"
