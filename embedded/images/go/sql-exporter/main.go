// Command sql_exporter asks a database of Postgres by SQL and serves what it answers as metrics. It stands in for burningalchemist/sql_exporter,
// whose module can't be had: it reads the configuration that the platform writes for that, which is JSON with one target, and takes the same
// flags of those that the platform sets.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"
)

// The linker sets it.
var version = "unknown"

type metric struct {
	Name     string   `json:"metric_name"`
	Type     string   `json:"type"`
	Help     string   `json:"help"`
	Labels   []string `json:"key_labels"`
	Values   []string `json:"values"`
	Query    string   `json:"query"`
	QueryRef string   `json:"query_ref"`
}

type configuration struct {
	Global struct {
		ScrapeTimeout string `json:"scrape_timeout"`
		MaxConns      int    `json:"max_connections"`
		MaxIdleConns  int    `json:"max_idle_connections"`
	} `json:"global"`
	Target struct {
		DSN        string   `json:"data_source_name"`
		Collectors []string `json:"collectors"`
	} `json:"target"`
	Collectors []struct {
		Name    string   `json:"collector_name"`
		Metrics []metric `json:"metrics"`
		Queries []struct {
			Name  string `json:"query_name"`
			Query string `json:"query"`
		} `json:"queries"`
	} `json:"collectors"`
}

// exporter asks once for all metrics of a query.
type exporter struct {
	db      *sql.DB
	timeout time.Duration
	queries map[string][]metric
}

func load(file string) (*exporter, error) {
	content, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	var config configuration
	decoder := json.NewDecoder(content)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config); err != nil {
		return nil, err
	}
	timeout, err := time.ParseDuration(config.Global.ScrapeTimeout)
	if err != nil {
		return nil, err
	}
	queries := map[string][]metric{}
	for _, collector := range config.Collectors {
		named := map[string]string{}
		for _, query := range collector.Queries {
			named[query.Name] = query.Query
		}
		for _, one := range collector.Metrics {
			query := one.Query
			if query == "" {
				query = named[one.QueryRef]
			}
			if query == "" || len(one.Values) != 1 {
				return nil, errors.New(one.Name + ": name one query and one value")
			}
			queries[query] = append(queries[query], one)
		}
	}
	// It connects with the first question.
	db, err := sql.Open("pgx", config.Target.DSN)
	if err != nil {
		return nil, errors.New("target.data_source_name is not a valid one of Postgres") // Its own words may have the password.
	}
	db.SetMaxOpenConns(config.Global.MaxConns)
	db.SetMaxIdleConns(config.Global.MaxIdleConns)
	return &exporter{db: db, timeout: timeout, queries: queries}, nil
}

// Describe says nothing: what there is, the database knows.
func (*exporter) Describe(chan<- *prometheus.Desc) {}

// Collect asks all queries; one that fails leaves its metrics out.
func (e *exporter) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), e.timeout)
	defer cancel()
	for query, wanted := range e.queries {
		if err := e.ask(ctx, query, wanted, metrics); err != nil {
			slog.Error("a query has failed", "metric", wanted[0].Name, "error", err)
			metrics <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
		}
	}
}

func (e *exporter) ask(ctx context.Context, query string, wanted []metric, metrics chan<- prometheus.Metric) error {
	rows, err := e.db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range cells {
			targets[i] = &cells[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		row := map[string]string{}
		for i, column := range columns {
			row[column] = cells[i].String
		}
		for _, one := range wanted {
			sample, err := one.sample(row)
			if err != nil {
				return err
			}
			metrics <- sample
		}
	}
	return rows.Err()
}

func (m metric) sample(row map[string]string) (prometheus.Metric, error) {
	var value float64
	if err := json.Unmarshal([]byte(row[m.Values[0]]), &value); err != nil {
		return nil, err
	}
	labels := make([]string, len(m.Labels))
	for i, name := range m.Labels {
		labels[i] = row[name]
	}
	kind := prometheus.GaugeValue
	if m.Type == "counter" {
		kind = prometheus.CounterValue
	}
	return prometheus.NewConstMetric(prometheus.NewDesc(m.Name, m.Help, m.Labels, nil), kind, value, labels...)
}

func main() {
	file := flag.String("config.file", "sql_exporter.yml", "What to ask of whom.")
	webFile := flag.String("web.config.file", "", "How it is served, as exporter-toolkit has it.")
	address := flag.String("web.listen-address", ":9399", "Where it listens.")
	level := flag.String("log.level", "info", "The least severe level that it logs.")
	tell := flag.Bool("version", false, "Says the version and ends.")
	flag.Parse()
	if *tell {
		os.Stdout.WriteString(version + "\n")
		return
	}
	var least slog.Level
	if err := least.UnmarshalText([]byte(*level)); err != nil {
		slog.Error("log.level", "error", err)
		os.Exit(2)
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: least}))
	slog.SetDefault(logger)
	source, err := load(*file)
	if err != nil {
		slog.Error("the configuration can't be read", "error", err)
		os.Exit(1)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(source)
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	http.HandleFunc("/healthz", func(answer http.ResponseWriter, _ *http.Request) { answer.Write([]byte("OK\n")) })
	socket := false
	flags := &web.FlagConfig{WebListenAddresses: &[]string{*address}, WebConfigFile: webFile, WebSystemdSocket: &socket}
	err = web.ListenAndServe(&http.Server{ReadHeaderTimeout: 10 * time.Second}, flags, logger)
	slog.Error("it can't be served", "error", err)
	os.Exit(1)
}
