//! The Wi-Fi station: joins one network and joins it again for ever. Addresses are embassy-net's business.

use embassy_time::{Duration, Timer};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{AuthenticationMethodConfig, Config, ControllerConfig, PowerSaveMode, WifiController};
use microredis_shell::Log;
use microredis_shell::engine::LogLevel;

/// The network's name and password. They are given when the image is built; the password is never logged.
const SSID: Option<&str> = option_env!("MICROREDIS_WIFI_SSID");
const PASSWORD: Option<&str> = option_env!("MICROREDIS_WIFI_PASSWORD");

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

pub async fn keep_connected(mut controller: WifiController<'static>, log: &'static Log) -> ! {
    match configuration() {
        Ok(config) => {
            if let Err(error) = controller.set_config(&config) {
                log.say(LogLevel::Warning, format_args!("Wi-Fi: the settings are refused: {error:?}"));
            }
        }
        Err(reason) => {
            log.say(LogLevel::Warning, format_args!("Wi-Fi: {reason}"));
            core::future::pending::<()>().await;
        }
    }
    // A sleeping radio answers a request a tenth of a second late.
    let _ = controller.set_power_saving(PowerSaveMode::None);
    let mut pause = RETRY_FIRST;
    loop {
        match controller.connect_async().await {
            Ok(_) => {
                log.say(LogLevel::Notice, format_args!("Wi-Fi: connected to {}", SSID.unwrap_or_default()));
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

fn configuration() -> Result<Config, &'static str> {
    let ssid = SSID.filter(|s| !s.is_empty()).ok_or("no network: the image was built without MICROREDIS_WIFI_SSID")?;
    let station = StationConfig::default().with_ssid(ssid.try_into().map_err(|_| "the network's name is too long")?);
    let station = match PASSWORD {
        None | Some("") => station.with_authentication(AuthenticationMethodConfig::Open),
        Some(password) => {
            let password = password.try_into().map_err(|_| "the password is too short or too long")?;
            station.with_authentication(AuthenticationMethodConfig::Wpa2Personal(password))
        }
    };
    Ok(Config::Station(station))
}
