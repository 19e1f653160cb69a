// Package supervise runs a node's components as its process 1: it starts each
// when what it leans on answers, starts it again when it ends, and reaps.
package supervise

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Component is one program that must be running.
type Component struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"`
	// Env is added to process 1's own.
	Env []string `json:"env"`
	// After must all hold before it is started.
	After []Condition `json:"after"`
}

// Condition holds once something answers.
type Condition struct {
	// Unix is a socket's path that must take connections.
	Unix string `json:"unix"`
	// URL must answer 200, over TLS with the authority in the file CA.
	URL string `json:"url"`
	CA  string `json:"ca"`
}

const (
	firstPause = 100 * time.Millisecond
	longPause  = 5 * time.Second
	// steady is for how long a component must have run for its next restart to come without delay.
	steady = 30 * time.Second
	// patience is how long the end of the node may take in all.
	patience = 2 * time.Second
	maxLog   = 32 << 20
)

type supervisor struct {
	// The lock spans a start and its entry in ended: a child must not be reaped before it is known.
	lock     sync.Mutex
	ended    map[int]chan syscall.WaitStatus
	stopping bool
}

// Run starts the components and returns when it is told to end by SIGTERM or SIGINT; every process of the namespace
// ends with the caller.
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

// keep runs one component for as long as the node lives.
func (s *supervisor) keep(c Component, logDir string) {
	pause := firstPause
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
		if time.Since(started) > steady {
			pause = firstPause
		}
		time.Sleep(pause)
		pause = min(2*pause, longPause)
	}
}

// start gives a channel that gets the component's end, or nil where the node itself is ending.
func (s *supervisor) start(c Component, logFile string) (chan syscall.WaitStatus, error) {
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	none, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer none.Close()
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.stopping {
		return nil, nil
	}
	process, err := os.StartProcess(c.Argv[0], c.Argv, &os.ProcAttr{
		Dir:   "/",
		Env:   append(os.Environ(), c.Env...),
		Files: []*os.File{none, out, out},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, err
	}
	ended := make(chan syscall.WaitStatus, 1)
	s.ended[process.Pid] = ended
	return ended, process.Release()
}

// reap takes every ended child: the components, and orphans of pods and shims that process 1 inherits.
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

// stop asks every process to end and waits for those of pods. etcd is not waited for: its log on disk is whole at any
// moment, and it would itself wait for the API server.
func (s *supervisor) stop() {
	s.lock.Lock()
	s.stopping = true
	s.lock.Unlock()
	log.Print("told to end")
	_ = syscall.Kill(-1, syscall.SIGTERM)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		s.reap()
		if len(workloads()) == 0 {
			return
		}
	}
}

// workloads are the live processes that live in a namespace of process ids below this one: those of pods.
func workloads() (pids []string) {
	own, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return nil
	}
	links, _ := filepath.Glob("/proc/[0-9]*/ns/pid")
	for _, link := range links {
		if space, err := os.Readlink(link); err == nil && space != own {
			pids = append(pids, link)
		}
	}
	return pids
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
	answer, err := (&http.Client{Transport: transport, Timeout: time.Second}).Get(c.URL)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func describe(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "signal " + status.Signal().String()
	}
	return "exit code " + strconv.Itoa(status.ExitStatus())
}

// trimLogs keeps one older part of a log that has grown: components hold their files open, so the file is emptied
// rather than moved.
func trimLogs(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Size() < maxLog {
			continue
		}
		if data, err := os.ReadFile(file); err == nil && os.WriteFile(file+".1", data, 0o644) == nil {
			_ = os.Truncate(file, 0)
		}
	}
}
