//! Temperatures.

use sysinfo::Components;
use wire::sensors_absent::SensorsAbsent;
use wire::{Metric, Sensor};

use crate::output::{Collector, Output, Tick};
use crate::text::clean;

/// One reading of every component a tick; the list in the slow lane.
#[derive(Debug, Default)]
pub(crate) struct Sensors {
    list: Option<Components>,
    shown: Vec<Sensor>,
}

impl Collector for Sensors {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        match &mut self.list {
            None => self.list = Components::new_with_refreshed_list().ok(),
            Some(list) if tick.slow => list.refresh(true),
            Some(list) => list.refresh(false),
        }
        let list = self.list.as_deref().unwrap_or_default();
        if tick.slow || list.len() != self.shown.len() {
            self.shown = list.iter().enumerate().map(describe).collect();
            let sensors = self.shown.clone();
            out.facts.edit(|facts| {
                let absent = sensors.is_empty().then_some(SensorsAbsent::NeedsRights);
                facts.set_sensors_absent(absent, String::new);
                facts.sensors = sensors;
            });
        }
        for (component, facts) in list.iter().zip(&self.shown) {
            let celsius =
                component.temperature().map(f64::from).filter(|celsius| (-60.0..=250.0).contains(celsius));
            out.readings.put(Metric::Temperature, &facts.device, &facts.label, celsius);
        }
    }
}

fn describe((at, component): (usize, &sysinfo::Component)) -> Sensor {
    let label = clean(component.label().trim().as_bytes());
    let device = component.id().map_or_else(|| format!("{label}-{at}"), |id| clean(id.as_bytes()));
    Sensor {
        device,
        kind: "temperature".to_owned(),
        chip: label.clone(),
        label,
        high_celsius: None,
        critical_celsius: component.critical().map(f64::from),
    }
}
