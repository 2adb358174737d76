package rtc

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLogs brings pion's logs into ours, a level lower: what pion warns of is
// mostly a browser's everyday life.
type pionLogs struct{ log *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (f pionLogs) NewLogger(scope string) logging.LeveledLogger {
	return pionLogger{log: f.log.With("scope", scope)}
}

type pionLogger struct{ log *slog.Logger }

// levelTrace is below everything we ever turn on.
const levelTrace = slog.LevelDebug - 4

func (l pionLogger) write(level slog.Level, format string, args []any) {
	if !l.log.Enabled(context.Background(), level) {
		return
	}
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	l.log.Log(context.Background(), level, format)
}

func (l pionLogger) Trace(msg string)          { l.write(levelTrace, msg, nil) }
func (l pionLogger) Tracef(f string, a ...any) { l.write(levelTrace, f, a) }
func (l pionLogger) Debug(msg string)          { l.write(levelTrace, msg, nil) }
func (l pionLogger) Debugf(f string, a ...any) { l.write(levelTrace, f, a) }
func (l pionLogger) Info(msg string)           { l.write(slog.LevelDebug, msg, nil) }
func (l pionLogger) Infof(f string, a ...any)  { l.write(slog.LevelDebug, f, a) }
func (l pionLogger) Warn(msg string)           { l.write(slog.LevelDebug, msg, nil) }
func (l pionLogger) Warnf(f string, a ...any)  { l.write(slog.LevelDebug, f, a) }
func (l pionLogger) Error(msg string)          { l.write(slog.LevelWarn, msg, nil) }
func (l pionLogger) Errorf(f string, a ...any) { l.write(slog.LevelWarn, f, a) }
