// Package elasticsearch replaces Elasticsearch's client, whose typed API is half of the packages to compile for Jaeger. Jaeger uses
// that client only for storage in Elasticsearch; with this package it refuses such a storage when it starts.
package elasticsearch

import (
	"errors"
	"net/http"

	"github.com/elastic/go-elasticsearch/v9/esapi"
)

// Config is what Jaeger sets of the client's configuration.
type Config struct {
	Addresses            []string
	Username             string
	Password             string
	DiscoverNodesOnStart bool
	CompressRequestBody  bool
	Header               http.Header
	Transport            http.RoundTripper
}

// Client has no instance: NewClient always fails.
type Client struct {
	Indices *esapi.Indices
}

// NewClient fails.
func NewClient(Config) (*Client, error) {
	return nil, errors.New("this Jaeger is built without Elasticsearch: use a storage of type badger or memory")
}
