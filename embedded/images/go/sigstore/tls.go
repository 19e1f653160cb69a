// TLS in front of a program that speaks plain HTTP on loopback.
package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// serveTLS passes requests on to target. The certificate is read again for each connection: it is renewed while the program runs.
func serveTLS(listen, certificate, key, target string) {
	server := &http.Server{
		Addr:              listen,
		Handler:           httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: target}),
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{
			MinVersion: tls.VersionTLS12,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				pair, err := tls.LoadX509KeyPair(certificate, key)
				return &pair, err
			},
		},
	}
	log.Fatal(server.ListenAndServeTLS("", ""))
}
