// Command database makes a database of vulnerabilities from providers' records, as grype's publisher does: database <records> <target>.
package main

import (
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/anchore/grype/grype/db"
	"github.com/anchore/grype/grype/db/provider"
	v6 "github.com/anchore/grype/grype/db/v6"
	build "github.com/anchore/grype/grype/db/v6/build"
	_ "github.com/glebarez/sqlite"
)

func main() {
	records, target := os.Args[1], os.Args[2]
	files, err := filepath.Glob(filepath.Join(records, "*", "metadata.json"))
	if err != nil {
		log.Fatal(err)
	}
	var states provider.States
	for _, file := range files {
		state, err := provider.ReadState(file)
		if err != nil {
			log.Fatal(err)
		}
		states = append(states, *state)
	}
	config := db.BuildConfig{SchemaVersion: v6.ModelVersion, Directory: target, States: states, Timestamp: time.Now().UTC()}
	if err := db.Build(config); err != nil {
		log.Fatal(err)
	}
	if err := build.CreateArchive(target, "tar.gz", nil); err != nil {
		log.Fatal(err)
	}
}
