// Tests of the CNI plugin.

package gate

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const result = `{"cniVersion":"0.4.0","ips":[{"version":"4","address":"10.0.0.9/16"}]}`

// controller answers on a socket and keeps what it was asked.
func controller(t *testing.T, status int) (socket string, asked *[]string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	asked = &[]string{}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*asked = append(*asked, r.Method+" "+r.URL.Path+" "+string(body))
		w.WriteHeader(status)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return socket, asked
}

func call(command, socket, previous string) (string, error) {
	env := map[string]string{
		"CNI_COMMAND": command, "CNI_CONTAINERID": "c1",
		"CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=a;K8S_POD_NAME=p;K8S_POD_UID=u",
	}
	in, _ := json.Marshal(map[string]any{"cniVersion": "0.4.0", "socket": socket, "prevResult": json.RawMessage(previous)})
	out := &bytes.Buffer{}
	err := Run(func(name string) string { return env[name] }, bytes.NewReader(in), out)
	return out.String(), err
}

func TestAddPassesTheResultOnOnceAdmitted(t *testing.T) {
	socket, asked := controller(t, http.StatusNoContent)
	out, err := call("ADD", socket, result)
	if err != nil || out != result {
		t.Errorf("got %q, %v", out, err)
	}
	want := `POST /sandboxes {"container":"c1","ip":"10.0.0.9","name":"p","namespace":"a","uid":"u"}`
	if len(*asked) != 1 || (*asked)[0] != want {
		t.Errorf("asked %q", *asked)
	}
}

func TestAddFailsWhereTheControllerRefuses(t *testing.T) {
	socket, _ := controller(t, http.StatusServiceUnavailable)
	if out, err := call("ADD", socket, result); err == nil || out != "" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestAddFailsWithoutAnAddress(t *testing.T) {
	socket, asked := controller(t, http.StatusNoContent)
	for _, previous := range []string{"null", `{"ips":[]}`, `{"ips":[{"address":"fd00::1/64"}]}`} {
		if _, err := call("ADD", socket, previous); err == nil {
			t.Errorf("%s: no error", previous)
		}
	}
	if len(*asked) != 0 {
		t.Errorf("asked %q", *asked)
	}
}

func TestDelTellsAndSucceedsEvenAlone(t *testing.T) {
	socket, asked := controller(t, http.StatusNoContent)
	if _, err := call("DEL", socket, "null"); err != nil {
		t.Error(err)
	}
	if len(*asked) != 1 || !strings.HasPrefix((*asked)[0], "DELETE /sandboxes/c1") {
		t.Errorf("asked %q", *asked)
	}
	if _, err := call("DEL", socket+"-absent", "null"); err != nil {
		t.Error(err)
	}
}

func TestVersionAndUnknownCommands(t *testing.T) {
	if out, err := call("VERSION", "", "null"); err != nil || !strings.Contains(out, "0.4.0") {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err := call("GC", "", "null"); err == nil {
		t.Error("no error")
	}
	if _, err := call("CHECK", "", "null"); err != nil {
		t.Error(err)
	}
}
