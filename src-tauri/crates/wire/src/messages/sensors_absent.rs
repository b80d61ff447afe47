//! Why a machine shows no sensors, in plain English.

use crate::sensors_absent::SensorsAbsent;

impl SensorsAbsent {
    /// A sentence about the machine called `name`.
    #[must_use]
    pub fn message(self, name: &str) -> String {
        match self {
            SensorsAbsent::Wsl => format!("{name} runs in WSL; Windows keeps the sensors to itself."),
            SensorsAbsent::Container => {
                format!("{name} is a container; the sensors of its host are not shown to it.")
            }
            SensorsAbsent::VirtualMachine => {
                format!("{name} is a virtual machine; guests rarely see the sensors of their host.")
            }
            SensorsAbsent::NotOffered => "This kernel offers no temperature sensors.".to_owned(),
            SensorsAbsent::NeedsRights => {
                "This system shows no temperature sensors to programs without administrator rights."
                    .to_owned()
            }
            SensorsAbsent::NotRecorded => "No temperature sensors reported by this machine.".to_owned(),
        }
    }
}
