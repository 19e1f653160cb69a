// The HTTP server on a unix socket that the CNI plugin calls.

package netpol

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

// admitTimeout limits how long a pod waits for its rules; the kubelet tries again after that.
const admitTimeout = 15 * time.Second

// Serve answers the CNI plugin on a unix socket: POST /sandboxes admits a sandbox, DELETE /sandboxes/{container} dismisses it.
func (c *Controller) Serve(ctx context.Context, socket string) error {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: c.handler(), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (c *Controller) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandboxes", func(w http.ResponseWriter, r *http.Request) {
		var s Sandbox
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), admitTimeout)
		defer cancel()
		respond(w, c.Admit(ctx, s))
	})
	mux.HandleFunc("DELETE /sandboxes/{container}", func(w http.ResponseWriter, r *http.Request) {
		respond(w, c.Dismiss(r.PathValue("container")))
	})
	return mux
}

func respond(w http.ResponseWriter, err error) {
	if err != nil {
		log.Printf("netpol: %v", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
