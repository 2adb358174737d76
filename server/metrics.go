package main

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"parley/internal/domain/call"
)

// metrics are the figures of /metrics. Labels are from closed sets: no number,
// name or id is one.
type metrics struct {
	registry *prometheus.Registry
	ended    *prometheus.CounterVec
	talk     prometheus.Histogram
	alarms   *prometheus.CounterVec
}

func newMetrics(v *voice) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_calls_ended_total", Help: "Calls that ended, by direction and cause.",
		}, []string{"direction", "cause", "party"}),
		talk: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_call_talk_seconds", Help: "How long customer and agent were connected.",
			Buckets: []float64{5, 15, 30, 60, 120, 300, 600, 1200, 3600},
		}),
		alarms: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_alarms_total", Help: "Times something needed a person, by what.",
		}, []string{"alarm"}),
	}
	m.registry.MustRegister(m.ended, m.talk, m.alarms,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "parley_calls_live", Help: "Calls going on."},
			func() float64 { return float64(v.engine.Live()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "parley_trunks_registered", Help: "Trunks registered with their provider."},
			func() float64 {
				count := 0.0
				for _, s := range v.sip.Status() {
					if s.Registered {
						count++
					}
				}
				return count
			}),
	)
	return m
}

// watch counts what an audience is told.
func (m *metrics) watch(next call.Audience) call.Audience { return counted{next, m} }

type counted struct {
	call.Audience
	m *metrics
}

func (c counted) CallEnded(v call.View, r call.Record) {
	verdict := r.Cause.Verdict()
	c.m.ended.WithLabelValues(string(r.Direction), verdict.Metric, string(verdict.Party)).Inc()
	if t := r.TalkTime(); t > 0 {
		c.m.talk.Observe(t.Seconds())
	}
	c.Audience.CallEnded(v, r)
}

func (c counted) Alarm(v call.View, key string) {
	c.m.alarms.WithLabelValues(key).Inc()
	c.Audience.Alarm(v, key)
}

// handler serves the figures to this machine, or to whoever has the token.
func (m *metrics) handler(token string) http.Handler {
	serve := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := []byte(r.Header.Get("Authorization"))
		trusted := token == "" && local(r)
		if token != "" {
			trusted = subtle.ConstantTimeCompare(given, []byte("Bearer "+token)) == 1
		}
		if !trusted {
			http.Error(w, "not allowed: see the setting metrics-token", http.StatusForbidden)
			return
		}
		serve.ServeHTTP(w, r)
	})
}

// local says whether the request came from this machine and through no proxy. A
// proxy beside us shows by what it adds, or by the name the request was sent to,
// and so does a page that had its own name pointed at this machine.
func local(r *http.Request) bool {
	for _, added := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"} {
		if r.Header.Get(added) != "" {
			return false
		}
	}
	return loopback(r.RemoteAddr) && loopback(r.Host)
}

// loopback says whether address, with or without a port, is this machine's own.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
