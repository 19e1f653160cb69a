// Package supervise runs a node's components as its process 1: it starts each component when
// its conditions hold, starts it again when it ends, and reaps the node's processes.
package supervise

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Component is a program that is kept running.
type Component struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"`
	// Env is added to the environment of process 1, in place of variables of the same names.
	Env []string `json:"env"`
	// After are the conditions that must hold before it is started.
	After []Condition `json:"after"`
}

// Condition holds once a socket or a URL answers.
type Condition struct {
	// Unix is the path of a socket that must accept connections.
	Unix string `json:"unix"`
	// URL is an address that must answer 200, over TLS with the authority in the file CA.
	URL string `json:"url"`
	CA  string `json:"ca"`
}

const (
	minPause = 100 * time.Millisecond
	maxPause = 5 * time.Second
	// steadyTime is how long a component must run for its next restart to come after minPause again.
	steadyTime = 30 * time.Second
	// stopTimeout is how long the node waits for the processes of pods when it ends.
	stopTimeout = 2 * time.Second
	maxLogBytes = 32 << 20
)

type supervisor struct {
	// lock is held from a component's start to its entry in ended: reap must know every child that it may find.
	lock sync.Mutex
	// ended has the channel that gets a component's wait status, by process id.
	ended    map[int]chan syscall.WaitStatus
	stopping bool
}

// Run starts the components and returns on SIGTERM or SIGINT; every process of the namespace ends with the caller.
func Run(components []Component, logDir string) error {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM, syscall.SIGINT)
	s := &supervisor{ended: map[int]chan syscall.WaitStatus{}}
	for _, c := range components {
		go s.keep(c, logDir)
	}
	trim := time.NewTicker(time.Minute)
	for {
		select {
		case <-trim.C:
			trimLogs(logDir)
		case sig := <-signals:
			s.reap()
			if sig != syscall.SIGCHLD {
				s.stop()
				return nil
			}
		}
	}
}

// keep runs one component until the node ends.
func (s *supervisor) keep(c Component, logDir string) {
	pause := minPause
	for {
		waitFor(c.After)
		started := time.Now()
		ended, err := s.start(c, filepath.Join(logDir, c.Name+".log"))
		if err != nil {
			log.Printf("%s: %v", c.Name, err)
		} else if ended == nil {
			return
		} else {
			status := <-ended
			log.Printf("%s ended after %v: %s", c.Name, time.Since(started).Round(time.Millisecond), describe(status))
		}
		if time.Since(started) > steadyTime {
			pause = minPause
		}
		time.Sleep(pause)
		pause = min(2*pause, maxPause)
	}
}

// start starts a component and returns a channel that gets its wait status, or nil where the node itself is ending.
func (s *supervisor) start(c Component, logFile string) (chan syscall.WaitStatus, error) {
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	devNull, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer devNull.Close()
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.stopping {
		return nil, nil
	}
	process, err := os.StartProcess(c.Argv[0], c.Argv, &os.ProcAttr{
		Dir: "/",
		// Of a variable that is there twice, programs in Go take the first: Environ leaves the last alone.
		Env:   (&exec.Cmd{Env: append(os.Environ(), c.Env...)}).Environ(),
		Files: []*os.File{devNull, out, out},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, err
	}
	ended := make(chan syscall.WaitStatus, 1)
	s.ended[process.Pid] = ended
	return ended, process.Release()
}

// reap waits for every child that has ended: components, and the orphans of pods and shims, which process 1 inherits.
func (s *supervisor) reap() {
	s.lock.Lock()
	defer s.lock.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid <= 0 || err != nil {
			return
		}
		if ended, ok := s.ended[pid]; ok {
			delete(s.ended, pid)
			ended <- status
		}
	}
}

// stop sends SIGTERM to every process and waits for those of pods. It does not wait for etcd, which would wait for the API
// server: etcd's log on disk is consistent at any moment.
func (s *supervisor) stop() {
	s.lock.Lock()
	s.stopping = true
	s.lock.Unlock()
	log.Print("ending")
	_ = syscall.Kill(-1, syscall.SIGTERM)
	for deadline := time.Now().Add(stopTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		s.reap()
		if len(podProcesses()) == 0 {
			return
		}
	}
}

// podProcesses returns the processes in another PID namespace than this one, which are those of pods.
func podProcesses() (links []string) {
	own, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return nil
	}
	all, _ := filepath.Glob("/proc/[0-9]*/ns/pid")
	for _, link := range all {
		if namespace, err := os.Readlink(link); err == nil && namespace != own {
			links = append(links, link)
		}
	}
	return links
}

func waitFor(conditions []Condition) {
	for _, c := range conditions {
		for !c.holds() {
			time.Sleep(25 * time.Millisecond)
		}
	}
}

func (c Condition) holds() bool {
	if c.Unix != "" {
		connection, err := net.DialTimeout("unix", c.Unix, time.Second)
		if err != nil {
			return false
		}
		return connection.Close() == nil
	}
	ca, err := os.ReadFile(c.CA)
	if err != nil {
		return false
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport, Timeout: time.Second}).Get(c.URL)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func describe(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "signal " + status.Signal().String()
	}
	return "exit code " + strconv.Itoa(status.ExitStatus())
}

// trimLogs copies a large log to <log>.1 and empties it. It is not renamed, because components hold their log open.
func trimLogs(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Size() < maxLogBytes {
			continue
		}
		if data, err := os.ReadFile(file); err == nil && os.WriteFile(file+".1", data, 0o644) == nil {
			_ = os.Truncate(file, 0)
		}
	}
}
