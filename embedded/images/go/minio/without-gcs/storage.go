// Package storage replaces the client of Google Cloud Storage, whose libraries are a fifth of the code to compile for MinIO.
// MinIO uses that client only for remote tiers; with this package it refuses a tier of type `gcs` when one is added.
package storage

import (
	"context"
	"errors"
	"io"

	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

// ScopeReadWrite is the OAuth scope of a tier.
const ScopeReadWrite = "https://www.googleapis.com/auth/devstorage.read_write"

var errLeftOut = errors.New("this MinIO is built without Google Cloud Storage: use a tier of type minio, s3 or azure")

// Client has no instance: NewClient always fails.
type Client struct{}

// NewClient fails.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, errLeftOut }

// Bucket returns a bucket to which every access fails.
func (*Client) Bucket(string) *BucketHandle { return &BucketHandle{} }

// BucketHandle is a bucket to which every access fails.
type BucketHandle struct{}

// Object returns an object to which every access fails.
func (*BucketHandle) Object(string) *ObjectHandle { return &ObjectHandle{} }

// Objects returns a list whose first page fails.
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator {
	it := &ObjectIterator{}
	fail := func(int, string) (string, error) { return "", errLeftOut }
	it.info, it.next = iterator.NewPageInfo(fail, func() int { return 0 }, func() any { return []*ObjectAttrs(nil) })
	return it
}

// Query selects objects.
type Query struct {
	Delimiter, Prefix string
	Versions          bool
}

// ObjectAttrs describes an object.
type ObjectAttrs struct{}

// ObjectIterator lists objects.
type ObjectIterator struct {
	info *iterator.PageInfo
	next func() error
}

// PageInfo is called by iterator.NewPager.
func (it *ObjectIterator) PageInfo() *iterator.PageInfo { return it.info }

// ObjectHandle is an object to which every access fails.
type ObjectHandle struct{}

// NewWriter returns a writer that fails.
func (*ObjectHandle) NewWriter(context.Context) *Writer { return &Writer{} }

// ReadCompressed returns the same object.
func (o *ObjectHandle) ReadCompressed(bool) *ObjectHandle { return o }

// NewRangeReader fails.
func (*ObjectHandle) NewRangeReader(context.Context, int64, int64) (io.ReadCloser, error) {
	return nil, errLeftOut
}

// Delete fails.
func (*ObjectHandle) Delete(context.Context) error { return errLeftOut }

// Writer is a writer whose writes fail.
type Writer struct {
	StorageClass string
	Metadata     map[string]string
}

// Write fails.
func (*Writer) Write([]byte) (int, error) { return 0, errLeftOut }

// Close fails.
func (*Writer) Close() error { return errLeftOut }
