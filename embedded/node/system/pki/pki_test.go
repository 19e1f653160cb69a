// Tests of the certificates that are issued.

package pki

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

func certificate(t *testing.T, file string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func request(dir string) Request {
	return Request{Dir: dir, Keys: []string{"sa"}, Leaves: []Leaf{
		{Name: "server", CommonName: "server", Server: true, Hosts: []string{"kubernetes", "10.0.0.1"}},
		{Name: "admin", CommonName: "admin", Organization: []string{"system:masters"}},
	}}
}

func TestLeavesAreSignedForTheirUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	if err := Issue(request(dir)); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate(t, filepath.Join(dir, "ca.crt")))
	server := certificate(t, filepath.Join(dir, "server.crt"))
	for _, host := range []string{"kubernetes", "10.0.0.1"} {
		if _, err := server.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := server.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err == nil {
		t.Error("a server's certificate passes for a client's")
	}
	admin := certificate(t, filepath.Join(dir, "admin.crt"))
	if admin.Subject.CommonName != "admin" || admin.Subject.Organization[0] != "system:masters" {
		t.Errorf("subject %v", admin.Subject)
	}
	info, err := os.Stat(filepath.Join(dir, "admin.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v %v", info.Mode(), err)
	}
}

func TestAuthorityAndKeysStayWhileLeavesAreRenewed(t *testing.T) {
	dir := t.TempDir()
	read := func() map[string]string {
		if err := Issue(request(dir)); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for _, name := range []string{"ca.crt", "ca.key", "sa.pub", "sa.key", "admin.crt"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = string(data)
		}
		return files
	}
	before, after := read(), read()
	for name := range before {
		if same := before[name] == after[name]; same != (name != "admin.crt") {
			t.Errorf("%s: the same: %v", name, same)
		}
	}
}

func TestABrokenAuthorityIsNamedAndKept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Issue(request(dir)); err == nil {
		t.Error("no error")
	}
	if data, _ := os.ReadFile(file); string(data) != "nonsense" {
		t.Error("overwritten")
	}
}
