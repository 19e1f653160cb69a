// Package gate is a CNI plugin that lets a pod onto the network only once the
// NetworkPolicy controller has its rules in the kernel.
package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Name is the plugin's file name and its type in the network's configuration.
const Name = "policy-gate"

// patience is for how long a pod's start waits here; the kubelet tries again after that.
const patience = 20 * time.Second

// config is the network's configuration as CNI gives it on standard input.
type config struct {
	CNIVersion string          `json:"cniVersion"`
	Socket     string          `json:"socket"`
	PrevResult json.RawMessage `json:"prevResult"`
}

// Run answers one call of the CNI; getenv gives CNI's variables.
func Run(getenv func(string) string, in io.Reader, out io.Writer) error {
	if getenv("CNI_COMMAND") == "VERSION" {
		return json.NewEncoder(out).Encode(map[string]any{"cniVersion": "1.0.0", "supportedVersions": []string{"0.3.1", "0.4.0", "1.0.0"}})
	}
	var c config
	if err := json.NewDecoder(in).Decode(&c); err != nil {
		return err
	}
	switch command := getenv("CNI_COMMAND"); command {
	case "ADD":
		ip, err := address(c.PrevResult)
		if err != nil {
			return err
		}
		args := arguments(getenv("CNI_ARGS"))
		err = c.call(http.MethodPost, "/sandboxes", map[string]string{
			"container": getenv("CNI_CONTAINERID"),
			"namespace": args["K8S_POD_NAMESPACE"],
			"name":      args["K8S_POD_NAME"],
			"uid":       args["K8S_POD_UID"],
			"ip":        ip,
		}, patience)
		if err != nil {
			return err
		}
		_, err = out.Write(c.PrevResult)
		return err
	case "DEL":
		// A pod must go even where the controller is away: what it doesn't know of gets no traffic when it is back, and
		// whoever gets the address next takes the entry over.
		_ = c.call(http.MethodDelete, "/sandboxes/"+url.PathEscape(getenv("CNI_CONTAINERID")), nil, 0)
		return nil
	case "CHECK":
		return nil
	default:
		return fmt.Errorf("CNI_COMMAND %q is not known", command)
	}
}

// Fail writes an error as CNI wants it.
func Fail(out io.Writer, err error) {
	_ = json.NewEncoder(out).Encode(map[string]any{"cniVersion": "0.4.0", "code": 100, "msg": Name + ": " + err.Error()})
}

func address(result json.RawMessage) (string, error) {
	var previous struct {
		IPs []struct {
			Address string `json:"address"`
		} `json:"ips"`
	}
	if len(result) == 0 {
		return "", errors.New("no result of a plugin before this one: it must come after the one that gives the address")
	}
	if err := json.Unmarshal(result, &previous); err != nil {
		return "", err
	}
	for _, ip := range previous.IPs {
		if prefix, err := netip.ParsePrefix(ip.Address); err == nil && prefix.Addr().Is4() {
			return prefix.Addr().String(), nil
		}
	}
	return "", errors.New("the plugin before this one gave no IPv4 address")
}

// arguments parses CNI_ARGS: A=b;C=d.
func arguments(text string) map[string]string {
	found := map[string]string{}
	for pair := range strings.SplitSeq(text, ";") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			found[key] = value
		}
	}
	return found
}

// call asks the controller. One that is just starting, or starting again, is waited for.
func (c config) call(method, path string, body any, wait time.Duration) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", c.Socket)
		},
	}}
	for end := time.Now().Add(wait); ; time.Sleep(50 * time.Millisecond) {
		request, err := http.NewRequest(method, "http://netpol"+path, bytes.NewReader(data))
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err == nil {
			defer answer.Body.Close()
			if answer.StatusCode == http.StatusNoContent {
				return nil
			}
			text, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
			return fmt.Errorf("the policy controller: %s", strings.TrimSpace(string(text)))
		}
		if time.Now().After(end) {
			return fmt.Errorf("the policy controller does not answer: %w", err)
		}
	}
}
