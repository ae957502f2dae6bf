//! Everything that anything in the process tells, at any level, by `tracing` or by `log`.

use std::{
    fmt::{Debug, Write},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Something that was told.
#[derive(Clone, Debug)]
pub struct Heard {
    /// By which module.
    pub target: String,
    /// How much it matters.
    pub level: Level,
    /// All its fields, the message among them.
    pub text: String,
}

static HEARD: OnceLock<Mutex<Vec<Heard>>> = OnceLock::new();

/// From now on listens to everything, in all threads. Where a program leaves `tracing-subscriber` its
/// default features, what is told by `log` comes in the same way.
///
/// # Panics
/// If somebody else listens already.
pub fn hear_everything() {
    HEARD.get_or_init(|| {
        tracing_subscriber::registry().with(Ear).init();
        log::set_logger(&Ear).expect("nobody else listens");
        log::set_max_level(log::LevelFilter::Trace);
        Mutex::default()
    });
}

/// What was told since the last time.
pub fn heard() -> Vec<Heard> {
    std::mem::take(&mut told())
}

fn told() -> MutexGuard<'static, Vec<Heard>> {
    HEARD.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

struct Ear;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Ear {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut text = Text::default();
        span.record(&mut text);
        text.tell(span.metadata());
    }

    fn on_record(&self, span: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut text = Text::default();
        values.record(&mut text);
        if let Some(metadata) = context.metadata(span) {
            text.tell(metadata);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        text.tell(event.metadata());
    }
}

impl log::Log for Ear {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let level = match record.level() {
            log::Level::Error => Level::ERROR,
            log::Level::Warn => Level::WARN,
            log::Level::Info => Level::INFO,
            log::Level::Debug => Level::DEBUG,
            log::Level::Trace => Level::TRACE,
        };
        let (target, text) = (record.target().to_owned(), record.args().to_string());
        told().push(Heard { target, level, text });
    }

    fn flush(&self) {}
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn tell(self, metadata: &Metadata<'_>) {
        let (target, level) = (metadata.target().to_owned(), *metadata.level());
        told().push(Heard { target, level, text: self.0 });
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a String takes everything");
    }
}
