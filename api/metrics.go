package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/betterprofile/betterprofile/interview"
)

// metrics are the numbers of this server. Their labels come from small fixed sets, never from a request.
type metrics struct {
	requests *prometheus.HistogramVec
	turns    *prometheus.CounterVec
	first    prometheus.Histogram
	streams  prometheus.Gauge
	handler  http.Handler
}

func newMetrics(registry *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "betterprofile_http_request_duration_seconds",
			Help:    "Time to answer a request; of a stream, its whole length.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120},
		}, []string{"method", "route", "status"}),
		turns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "betterprofile_turns_total",
			Help: "Turns asked for, by how they ended for who asked: completed, failed, cancelled, or left before their end.",
		}, []string{"outcome"}),
		first: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "betterprofile_turn_first_delta_seconds",
			Help:    "Time from asking for a turn to the first text of its reply.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 4, 8, 16, 32},
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "betterprofile_streams_open", Help: "Event streams that are open.",
		}),
		handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.turns, m.first, m.streams} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (s *Server) serveMetrics(c *gin.Context) error {
	s.metrics.handler.ServeHTTP(c.Writer, c.Request)
	return nil
}

// request counts a request. Route is its template, empty for a path that there is not.
func (m *metrics) request(method, route string, status int, took time.Duration) {
	if route == "" {
		method, route = "any", "unknown"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// watch looks on while a turn is served to who asked for it. A nil watch sees nothing.
type watch struct {
	metrics *metrics
	began   time.Time
	spoke   bool
	outcome string
}

func (m *metrics) watch(began time.Time) *watch { return &watch{metrics: m, began: began} }

// see takes an event into account.
func (w *watch) see(ev interview.Event) {
	if w == nil {
		return
	}
	if ev.Kind == interview.EventStarted {
		w.outcome = "left"
	}
	if ev.Ends() {
		w.outcome = string(ev.Kind)
	}
	if text := ev.Kind == interview.EventDelta || ev.Kind == interview.EventReplace; text && !w.spoke {
		w.spoke = true
		w.metrics.first.Observe(time.Since(w.began).Seconds())
	}
}

// done counts the turn, if there was one.
func (w *watch) done() {
	if w.outcome != "" {
		w.metrics.turns.WithLabelValues(w.outcome).Inc()
	}
}
