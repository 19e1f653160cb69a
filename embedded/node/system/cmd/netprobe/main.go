// Command netprobe is what the network's tests run in pods: it serves ports, and
// tells which of many targets answer.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

const patience = 700 * time.Millisecond

func main() {
	if len(os.Args) < 3 {
		fail("want: serve <tcp|udp>:<port>... or dial <tcp|udp>:<host>:<port>...")
	}
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2:])
	case "dial":
		dial(os.Args[2:])
	case "write":
		if err := os.WriteFile(os.Args[2], []byte(strings.Join(os.Args[3:], " ")), 0o644); err != nil {
			fail(err)
		}
	case "read":
		data, err := os.ReadFile(os.Args[2])
		if err != nil {
			fail(err)
		}
		os.Stdout.Write(data)
	default:
		fail("unknown command ", os.Args[1])
	}
}

// serve answers on every port until it is told to end.
func serve(ports []string) {
	for _, port := range ports {
		proto, number, _ := strings.Cut(port, ":")
		if proto == "udp" {
			socket, err := net.ListenPacket("udp", ":"+number)
			if err != nil {
				fail(err)
			}
			go func() {
				buffer := make([]byte, 64)
				for {
					if n, from, err := socket.ReadFrom(buffer); err == nil {
						_, _ = socket.WriteTo(buffer[:n], from)
					}
				}
			}()
			continue
		}
		listener, err := net.Listen("tcp", ":"+number)
		if err != nil {
			fail(err)
		}
		go func() {
			for {
				if connection, err := listener.Accept(); err == nil {
					_, _ = connection.Write([]byte("ok"))
					_ = connection.Close()
				}
			}
		}()
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
}

// dial prints, as JSON, for each target whether it answered.
func dial(targets []string) {
	var lock sync.Mutex
	var group sync.WaitGroup
	answered := map[string]bool{}
	for _, target := range targets {
		group.Go(func() {
			ok := try(target)
			lock.Lock()
			defer lock.Unlock()
			answered[target] = ok
		})
	}
	group.Wait()
	_ = json.NewEncoder(os.Stdout).Encode(answered)
}

func try(target string) bool {
	proto, address, _ := strings.Cut(target, ":")
	connection, err := net.DialTimeout(proto, address, patience)
	if err != nil {
		return false
	}
	defer connection.Close()
	if proto == "tcp" {
		return true
	}
	_ = connection.SetDeadline(time.Now().Add(patience))
	if _, err := connection.Write([]byte("ok")); err != nil {
		return false
	}
	buffer := make([]byte, 8)
	_, err = connection.Read(buffer)
	return err == nil
}

func fail(what ...any) {
	fmt.Fprintln(os.Stderr, what...)
	os.Exit(1)
}
