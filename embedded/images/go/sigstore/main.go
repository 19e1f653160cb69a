// Command sigstore is Fulcio or Rekor, each by its own command line, behind TLS. Rekor's log is Trillian in the same process.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	fulcio "github.com/sigstore/fulcio/cmd/app"
	rekor "github.com/sigstore/rekor/cmd/rekor-server/app"
)

const usage = "sigstore fulcio|rekor --listen address --certificate file --key file -- arguments of the program's serve"

func main() {
	if len(os.Args) < 2 {
		log.Fatal(usage)
	}
	part := os.Args[1]
	flags := flag.NewFlagSet(part, flag.ExitOnError)
	listen := flags.String("listen", ":8443", "address of the TLS server")
	certificate := flags.String("certificate", "", "its certificate, PEM")
	key := flags.String("key", "", "its key, PEM")
	wait := flags.String("wait", "", "address that must accept connections before the program starts")
	if err := flags.Parse(os.Args[2:]); err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := reachable(ctx, *wait); err != nil {
		log.Fatal(err)
	}
	// The program itself listens on loopback alone.
	port := freePort()
	target := fmt.Sprintf("127.0.0.1:%d", port)
	arguments := append([]string{part, "serve"}, flags.Args()...)
	switch part {
	case "fulcio":
		socket := fmt.Sprintf("@fulcio-%d", port)
		os.Args = append(arguments, "--host=127.0.0.1", fmt.Sprintf("--port=%d", port), "--grpc-host=127.0.0.1",
			fmt.Sprintf("--grpc-port=%d", freePort()), fmt.Sprintf("--metrics-port=%d", freePort()),
			"--legacy-unix-domain-socket="+socket)
		go serveTLS(*listen, *certificate, *key, target)
		fulcio.Execute(ctx)
	case "rekor":
		trees, err := serveLog(ctx)
		if err != nil {
			log.Fatal(err)
		}
		os.Args = append(arguments, "--rekor_server.address=127.0.0.1", fmt.Sprintf("--port=%d", port),
			fmt.Sprintf("--trillian_log_server.port=%d", trees))
		go serveTLS(*listen, *certificate, *key, target)
		rekor.Execute()
	default:
		log.Fatal(usage)
	}
}

// reachable returns once something listens on address; at once where there is none.
func reachable(ctx context.Context, address string) error {
	for address != "" {
		connection, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", address)
		if err == nil {
			return connection.Close()
		}
		log.Printf("waiting for %s: %v", address, err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return nil
}

// freePort finds a port on loopback that nobody listens on.
func freePort() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
