//go:build tools

// Package tools names Argo CD, so that Go builds it at one pinned version.
package tools

import _ "github.com/argoproj/argo-cd/v2/cmd"
