// Package storage stands in for Google Cloud Storage's client, whose libraries are a fifth of what there is to compile
// for MinIO. MinIO uses it for remote tiers alone; with this one it refuses a tier of type `gcs` when it is added.
package storage

import (
	"context"
	"errors"
	"io"

	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

// ScopeReadWrite is the scope that a tier asks for.
const ScopeReadWrite = "https://www.googleapis.com/auth/devstorage.read_write"

var errLeftOut = errors.New("this MinIO is built without Google Cloud Storage: use a tier of type minio, s3 or azure")

// Client cannot be had: NewClient always fails.
type Client struct{}

// NewClient says that there is no client.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, errLeftOut }

// Bucket is a bucket that every access to fails.
func (*Client) Bucket(string) *BucketHandle { return &BucketHandle{} }

// BucketHandle is a bucket that every access to fails.
type BucketHandle struct{}

// Object is an object that every access to fails.
func (*BucketHandle) Object(string) *ObjectHandle { return &ObjectHandle{} }

// Objects lists nothing and fails.
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

// PageInfo is what iterator.NewPager asks for.
func (it *ObjectIterator) PageInfo() *iterator.PageInfo { return it.info }

// ObjectHandle is an object that every access to fails.
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

// Writer fails with every write.
type Writer struct {
	StorageClass string
	Metadata     map[string]string
}

// Write fails.
func (*Writer) Write([]byte) (int, error) { return 0, errLeftOut }

// Close fails.
func (*Writer) Close() error { return errLeftOut }
