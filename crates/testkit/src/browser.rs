//! Debian's Chromium, driven over the `WebDriver` protocol (W3C) by the `ChromeDriver` that belongs to it. Where the tests run
//! as root, both run as `nobody`: the browser's own sandbox stays on.

mod element;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub use element::Element;

use crate::wait_for;

/// Who the browser is where the tests are root.
const NOBODY: u32 = 65_534;
/// What `ChromeDriver` says when it listens.
const STARTED: &str = "started successfully on port ";
/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The key under which the protocol names elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How a browser is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrowserOptions {
    /// Whether pages may run scripts. The driver's own run all the same.
    pub has_scripts: bool,
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// Height of the window.
    pub height: u32,
}

impl Default for BrowserOptions {
    fn default() -> Self {
        Self {
            has_scripts: true,
            width: 1_024,
            height: 900,
        }
    }
}

/// A key of the keyboard that writes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// To the next thing that can be used.
    Tab,
    /// Uses it.
    Enter,
    /// Chooses it.
    Space,
}

impl Key {
    const fn code(self) -> &'static str {
        match self {
            Key::Tab => "\u{e004}",
            Key::Enter => "\u{e007}",
            Key::Space => " ",
        }
    }
}

/// A running browser with one window; dropped, it ends.
pub struct Browser {
    driver: Child,
    agent: ureq::Agent,
    session: String,
    home: tempfile::TempDir,
}

/// A text that an answer holds.
fn said<'v>(answer: &'v Value, name: &str) -> Option<&'v str> {
    answer.get(name)?.as_str()
}

fn is_root() -> anyhow::Result<bool> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    Ok(uid.and_then(|ids| ids.split_whitespace().nth(1)) == Some("0"))
}

/// A folder that the browser may write to.
fn owned(path: &Path, by_nobody: bool) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(path)?;
    if by_nobody {
        chown(path, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(path.to_owned())
}

impl Browser {
    /// Starts a browser.
    ///
    /// # Errors
    /// When Chromium or its driver is not installed or does not start.
    pub fn start(options: &BrowserOptions) -> anyhow::Result<Self> {
        let home = tempfile::tempdir()?;
        let by_nobody = is_root()?;
        owned(home.path(), by_nobody)?;
        let downloads = owned(&home.path().join("downloads"), by_nobody)?;
        let mut command = if by_nobody {
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "chromedriver",
            ]);
            command
        } else {
            Command::new("chromedriver")
        };
        let mut driver = command
            .arg("--port=0")
            .env("HOME", home.path())
            .env("TMPDIR", home.path())
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver must be installed: deploy/debian-packages.txt")?;
        let port = port_of(&mut driver);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        // From here on dropping it ends the driver.
        let mut browser = Self {
            driver,
            agent,
            session: format!("http://127.0.0.1:{}/session", port?),
            home,
        };
        let asked = browser.capabilities(options, &downloads);
        let answer = browser.command("", Some(&asked))?;
        let id = said(&answer, "sessionId").context("no session")?;
        browser.session = format!("{}/{id}", browser.session);
        if !options.has_scripts {
            let off =
                json!({"cmd": "Emulation.setScriptExecutionDisabled", "params": {"value": true}});
            browser.command("/goog/cdp/execute", Some(&off))?;
        }
        Ok(browser)
    }

    fn capabilities(&self, options: &BrowserOptions, downloads: &Path) -> Value {
        let profile = self.home.path().join("profile");
        let arguments = [
            "--headless=new".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--lang=fr".to_owned(),
            format!("--user-data-dir={}", profile.display()),
            format!("--window-size={},{}", options.width, options.height),
        ];
        json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {
            "args": arguments,
            "prefs": {
                "download.default_directory": downloads,
                "plugins.always_open_pdf_externally": true,
                "intl.accept_languages": "fr",
            },
        }}}})
    }

    /// One command of the protocol below the session; its value.
    fn command(&self, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.session);
        let mut answer = match body {
            Some(body) => {
                let request = self.agent.post(&url).content_type("application/json");
                request.send(body.to_string())?
            }
            None => self.agent.get(&url).call()?,
        };
        let status = answer.status();
        let text = answer.body_mut().read_to_string()?;
        let mut told: Value = serde_json::from_str(&text)?;
        let value = told.get_mut("value").map(Value::take).unwrap_or_default();
        let why = said(&value, "message").unwrap_or_default();
        anyhow::ensure!(status.is_success(), "{path}: {why}");
        Ok(value)
    }

    /// Opens an address and waits until the page is there.
    ///
    /// # Errors
    /// What the driver says.
    pub fn open(&self, url: &str) -> anyhow::Result<()> {
        self.command("/url", Some(&json!({ "url": url })))?;
        Ok(())
    }

    /// The address of the page.
    ///
    /// # Errors
    /// What the driver says.
    pub fn address(&self) -> anyhow::Result<String> {
        Ok(self
            .command("/url", None)?
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// The title of the page.
    ///
    /// # Errors
    /// What the driver says.
    pub fn title(&self) -> anyhow::Result<String> {
        Ok(self
            .command("/title", None)?
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// The first element that a CSS selector finds.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, css: &str) -> anyhow::Result<Element<'_>> {
        let asked = json!({"using": "css selector", "value": css});
        let found = self.command("/element", Some(&asked))?;
        let id = said(&found, ELEMENT).with_context(|| format!("no {css}"))?;
        Ok(Element::new(self, id.to_owned()))
    }

    /// The field of a label whose text begins so: what people look for.
    ///
    /// # Errors
    /// When there is no such label, or it is of no field.
    pub fn field(&self, label: &str) -> anyhow::Result<Element<'_>> {
        let xpath = format!("//*[@id=//label[starts-with(normalize-space(.), \"{label}\")]/@for]");
        self.by_xpath(&xpath)
            .with_context(|| format!("no field {label:?}"))
    }

    /// The button or link that says so.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(&self, text: &str) -> anyhow::Result<Element<'_>> {
        let xpath =
            format!("//*[self::a or self::button][starts-with(normalize-space(.), \"{text}\")]");
        self.by_xpath(&xpath)
            .with_context(|| format!("no link or button {text:?}"))
    }

    fn by_xpath(&self, xpath: &str) -> anyhow::Result<Element<'_>> {
        let asked = json!({"using": "xpath", "value": xpath});
        let found = self.command("/element", Some(&asked))?;
        let id = said(&found, ELEMENT).context("no element")?;
        Ok(Element::new(self, id.to_owned()))
    }

    /// Clicks what says so, and waits until another page is there.
    ///
    /// # Errors
    /// When there is none, or no other page comes.
    pub fn follow(&self, text: &str) -> anyhow::Result<()> {
        let before = self.find("html")?;
        self.named(text)?.click()?;
        wait_for(&format!("the page behind {text:?}"), || {
            Ok(before.is_gone().then_some(()))
        })
    }

    /// What the page shows as text.
    ///
    /// # Errors
    /// What the driver says.
    pub fn text(&self) -> anyhow::Result<String> {
        self.find("body")?.text()
    }

    /// Presses keys one after the other, wherever the focus is.
    ///
    /// # Errors
    /// What the driver says.
    pub fn press(&self, keys: &[Key]) -> anyhow::Result<()> {
        let codes: Vec<&str> = keys.iter().map(|key| key.code()).collect();
        self.keys(&codes)
    }

    /// Writes a text, wherever the focus is.
    ///
    /// # Errors
    /// What the driver says.
    pub fn write(&self, text: &str) -> anyhow::Result<()> {
        let letters: Vec<String> = text.chars().map(|letter| letter.to_string()).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        self.keys(&letters)
    }

    fn keys(&self, keys: &[&str]) -> anyhow::Result<()> {
        let strokes = keys
            .iter()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})));
        let strokes: Vec<Value> = strokes.collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.command("/actions", Some(&actions))?;
        Ok(())
    }

    /// The element that has the focus.
    ///
    /// # Errors
    /// What the driver says.
    pub fn focused(&self) -> anyhow::Result<Element<'_>> {
        let found = self.command("/element/active", None)?;
        let id = said(&found, ELEMENT).context("nothing has the focus")?;
        Ok(Element::new(self, id.to_owned()))
    }

    /// Runs a script in the page, below the page's own policy; what it returns. A promise is waited for.
    ///
    /// # Errors
    /// What the driver says.
    pub fn run(&self, script: &str, arguments: &[Value]) -> anyhow::Result<Value> {
        let asked = json!({"script": script, "args": arguments});
        self.command("/execute/sync", Some(&asked))
    }

    /// Makes the window so large.
    ///
    /// # Errors
    /// What the driver says.
    pub fn resize(&self, width: u32, height: u32) -> anyhow::Result<()> {
        // Headless, a window has no frame; below 500 pixels only the page is made narrower.
        let size = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        }});
        self.command("/goog/cdp/execute", Some(&size))?;
        Ok(())
    }

    /// The whole page as a picture (PNG).
    ///
    /// # Errors
    /// What the driver says.
    pub fn screenshot(&self) -> anyhow::Result<Vec<u8>> {
        let asked =
            json!({"cmd": "Page.captureScreenshot", "params": {"captureBeyondViewport": true}});
        let taken = self.command("/goog/cdp/execute", Some(&asked))?;
        let text = said(&taken, "data").context("no picture")?;
        Ok(STANDARD.decode(text)?)
    }

    /// The bytes of a file that was downloaded, once it is whole.
    ///
    /// # Errors
    /// When it does not come.
    pub fn downloaded(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.home.path().join("downloads").join(name);
        wait_for(&format!("the download of {name}"), || {
            Ok(path.exists().then(|| std::fs::read(&path)).transpose()?)
        })
    }

    /// Puts bytes into a file that the browser may read, to be chosen in a form.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.home.path().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }
}

/// The port on which a driver that was just started listens.
fn port_of(driver: &mut Child) -> anyhow::Result<u16> {
    let output = driver.stdout.take().context("the driver says nothing")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        if let Some((_, port)) = line.split_once(STARTED) {
            return Ok(port.trim_end_matches('.').parse()?);
        }
    }
    anyhow::bail!("chromedriver ended before it listened")
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The session's end is the browser's.
        let _ended = self.agent.delete(&self.session).call();
        let _killed = self.driver.kill();
        let _waited = self.driver.wait();
    }
}
