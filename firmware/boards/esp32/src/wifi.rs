//! The Wi-Fi station: joins the network that the settings name, and joins it again for ever. Addresses are embassy-net's
//! business. The password is never logged.

use crate::Board;
use embassy_time::{Duration, Timer};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{AuthenticationMethodConfig, Config, ControllerConfig, PowerSaveMode, WifiController};
use microredis_shell::Log;
use microredis_shell::engine::LogLevel;

/// The longest name of a network and the longest password, which the console checks.
const SSID_BYTES_MAX: usize = 32;
const PASSWORD_BYTES_MAX: usize = 63;

/// Pauses between attempts: doubled up to the longest, so that an access point that is being restarted is found soon
/// and one that is gone is not asked all day.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_LONGEST: Duration = Duration::from_secs(60);

/// Frames that wait in the radio's heap, each up to 1.6 KB: few, for small requests and replies.
pub fn buffers() -> ControllerConfig {
    ControllerConfig::default()
        .with_static_rx_buf_num(6)
        .with_dynamic_rx_buf_num(12)
        .with_dynamic_tx_buf_num(12)
        .with_rx_ba_win(4)
}

/// A board that does not know its network waits for a person at the console, whose settings are for the next start.
pub async fn keep_connected(mut controller: WifiController<'static>, shell: &Board, log: &Log) -> ! {
    if let Err(reason) = configure(&mut controller, shell) {
        log.say(LogLevel::Warning, format_args!("Wi-Fi: {reason}"));
        core::future::pending::<()>().await;
    }
    // A sleeping radio answers a request a tenth of a second late.
    let _ = controller.set_power_saving(PowerSaveMode::None);
    let mut pause = RETRY_FIRST;
    loop {
        match controller.connect_async().await {
            Ok(network) => {
                log.say(LogLevel::Notice, format_args!("Wi-Fi: connected to {}", network.ssid.as_str()));
                pause = RETRY_FIRST;
                if let Ok(lost) = controller.wait_for_disconnect_async().await {
                    log.say(LogLevel::Warning, format_args!("Wi-Fi: connection lost: {:?}", lost.reason));
                }
            }
            Err(error) => log.say(LogLevel::Warning, format_args!("Wi-Fi: not connected: {error:?}")),
        }
        Timer::after(pause).await;
        pause = (pause * 2).min(RETRY_LONGEST);
    }
}

/// Apart, so that the password does not stay in the task's memory.
#[inline(never)]
fn configure(controller: &mut WifiController<'static>, shell: &Board) -> Result<(), &'static str> {
    let (mut ssid, mut password) = ([0; SSID_BYTES_MAX], [0; PASSWORD_BYTES_MAX]);
    let ssid = match shell.setting("wifi-ssid", &mut ssid) {
        "" => return Err("no network is known: on this console, set wifi-ssid and wifi-password, save, reboot"),
        ssid => ssid.try_into().map_err(|_| "the network's name is too long")?,
    };
    let authentication = match shell.setting("wifi-password", &mut password) {
        "" => AuthenticationMethodConfig::Open,
        password => {
            let password = password.try_into().map_err(|_| "the password is too short or too long")?;
            AuthenticationMethodConfig::Wpa2Personal(password)
        }
    };
    let station = StationConfig::default().with_ssid(ssid).with_authentication(authentication);
    controller.set_config(&Config::Station(station)).map_err(|_| "the radio refuses the settings")
}
