use std::{path::Path, time::Duration};

use super::{
    env::Env,
    fields::Raw,
    file,
    keys::KEYS,
    load::{Asked, Loaded, load},
    *,
};

fn refused(result: Result<Loaded, error::ConfigError>) -> String {
    let error = result.map(|_| ()).unwrap_err();
    format!("{} ({})", error.what, error.place)
}

#[test]
fn the_documented_file_says_the_defaults_and_names_every_key_in_order() {
    let settings = file::parse(DEFAULT_FILE, Path::new("config.toml")).unwrap();
    let mut config = Config { ui: Ui { ascii: true, ..Ui::default() }, ..Config::default() };
    for setting in &settings {
        (setting.key.set)(&mut config, &setting.value).unwrap();
    }
    assert_eq!(config, Config::default());
    let documented: Vec<_> = settings.iter().map(|s| s.key.path()).collect();
    assert_eq!(documented, KEYS.iter().map(keys::Key::path).collect::<Vec<_>>());
    let lines: Vec<_> = DEFAULT_FILE.lines().collect();
    for setting in &settings {
        assert!(lines[setting.line - 2].starts_with('#'), "{} has no sentence", setting.key.path());
    }
}

#[test]
fn what_a_key_shows_it_reads_back() {
    let config = Config::default();
    for key in KEYS {
        let mut other = config.clone();
        (key.set)(&mut other, &Raw::of_words(&(key.show)(&config))).unwrap();
        assert_eq!(other, config, "{}", key.path());
    }
}

#[test]
fn each_layer_beats_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.toml");
    std::fs::write(&path, "[health]\nstuck_after = \"11m\"\n").unwrap();
    let layers = |file: bool, variable: bool, set: bool, flag: bool| {
        let env = Env::of(variable.then_some(("GOOSETOP_HEALTH_STUCK_AFTER", "12m")));
        let asked = Asked {
            file: file.then(|| path.clone()),
            sets: if set { vec!["health.stuck_after=13m".into()] } else { vec![] },
            flags: if flag { vec![("health.stuck_after", "--stuck-after", "14m".into())] } else { vec![] },
            ..Asked::default()
        };
        let loaded = load(&asked, &env).unwrap();
        let origin = loaded.origin(keys::find("health.stuck_after").unwrap()).to_string();
        (loaded.config.health.stuck_after.as_secs() / 60, origin)
    };
    let file = format!("{}, line 2", path.display());
    assert_eq!(layers(false, false, false, false), (30, "default".into()));
    assert_eq!(layers(true, false, false, false), (11, file));
    assert_eq!(layers(true, true, false, false), (12, "GOOSETOP_HEALTH_STUCK_AFTER".into()));
    assert_eq!(layers(true, true, true, false), (13, "--set".into()));
    assert_eq!(layers(true, true, true, true), (14, "--stuck-after".into()));
}

#[test]
fn bad_values_name_the_key_the_place_and_what_is_wanted() {
    let set = |s: &str| refused(load(&Asked { sets: vec![s.into()], ..Asked::default() }, &Env::default()));
    assert_eq!(
        set("health.stuck_after=soon"),
        "bad value for `health.stuck_after`: `soon` is not a duration; write for example 45s, 30m or 1h30m (--set)"
    );
    assert!(set("health.stuck_afte=5m").contains("unknown key `health.stuck_afte`"));
    assert!(set("nonsense").contains("section.key=value"));
    assert!(set("serve.port=70000").contains("should be a port from 0 to 65535"));
    assert!(set("ui.panes=stuck,purple").contains("`purple` is not one of"));
    assert!(set("ui.ascii=perhaps").contains("`perhaps` is not true or false"));
    let env = Env::of([("GOOSETOP_HEALTH_STUCK_AFTR", "5m")]);
    let error = load(&Asked::default(), &env).map(|_| ()).unwrap_err();
    assert_eq!(error.hint, "did you mean `GOOSETOP_HEALTH_STUCK_AFTER`?");
}

#[test]
fn what_must_hold_between_values_is_said() {
    let set = |s: &str| refused(load(&Asked { sets: vec![s.into()], ..Asked::default() }, &Env::default()));
    assert_eq!(
        set("health.stuck_after=75m"),
        "`health.stuck_after` (1h15m) must be shorter than health.orphaned_after (1h) (--set)"
    );
    assert!(set("health.orphaned_after=5m").contains("must be shorter than"));
    for bad in [
        "poll.interval=0",
        "watch.interval=0s",
        "health.loop_repeats=1",
        "health.context_full=120",
        "ui.panes=stuck,stuck",
        "ui.panes=[]",
        "ui.panes=ended",
        "watch.max_per_run=0",
        "serve.patience=0",
        "serve.connections=0",
        "serve.origins=null",
        "serve.origins=*",
        "serve.origins=https://Board.example.com",
        "serve.origins=https://board.example.com/",
        "serve.hosts=https://board.example.com",
        "serve.hosts=*.example.com",
    ] {
        assert!(set(bad).starts_with('`'), "{bad}");
    }
}

#[test]
fn flags_and_variables_take_the_shapes_people_type() {
    let env = Env::of([
        ("GOOSETOP_UI_ASCII", "1"),
        ("GOOSETOP_HEALTH_MEMORY_LIMIT", "512MiB"),
        ("GOOSETOP_ACTIONS_PROTECT", "a*,b"),
        ("GOOSETOP_HEALTH_TOOL_TIMEOUT", "90"),
        ("GOOSETOP_LOG", "debug"),
    ]);
    let config = load(&Asked::default(), &env).unwrap().config;
    assert!(config.ui.ascii);
    assert_eq!(config.health.memory_limit, 512 << 20);
    assert_eq!(config.actions.protect, ["a*", "b"]);
    assert_eq!(config.health.tool_timeout, Duration::from_secs(90));
}
