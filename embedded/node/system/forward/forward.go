// Package forward leads ports of the host's loopback to services of the node. The listeners are made before the node has a
// network of its own, and so stay the host's.
package forward

import (
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

// Port is a port of the host and where its connections go.
type Port struct {
	// Listen is an address of the host, such as 127.0.0.1:19090.
	Listen string `json:"listen"`
	// To is an address that the node reaches.
	To string `json:"to"`
}

// dialTimeout is how long a service may take to accept a connection.
const dialTimeout = 5 * time.Second

// Open listens on the ports, and returns a file for each that a process can inherit. Where a port is in use the file is that of
// the null device: the node starts without it.
func Open(ports []Port) ([]*os.File, error) {
	var files []*os.File
	for _, port := range ports {
		file, err := open(port)
		if err != nil {
			log.Printf("%s leads nowhere: %v", port.Listen, err)
			if file, err = os.Open(os.DevNull); err != nil {
				return nil, err
			}
		}
		files = append(files, file)
	}
	return files, nil
}

func open(port Port) (*os.File, error) {
	listener, err := net.Listen("tcp", port.Listen)
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	return listener.(*net.TCPListener).File()
}

// Serve passes on the connections of the inherited listeners, whose files begin with descriptor first, until the process ends.
func Serve(ports []Port, first uintptr) {
	for i, port := range ports {
		file := os.NewFile(first+uintptr(i), port.Listen)
		listener, err := net.FileListener(file)
		file.Close()
		if err == nil {
			go accept(listener, port.To)
		}
	}
}

func accept(listener net.Listener, to string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Printf("%s: %v", listener.Addr(), err)
			return
		}
		go pass(connection, to)
	}
}

// pass copies both ways until both have ended.
func pass(client net.Conn, to string) {
	defer client.Close()
	server, err := net.DialTimeout("tcp", to, dialTimeout)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{server, client}, {client, server}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_ = way[0].(*net.TCPConn).CloseWrite()
		})
	}
	both.Wait()
}
