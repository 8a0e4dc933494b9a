//! What is the same on every board though it needs the board's own types and sizes: static memory, and tasks, which
//! embassy's executor wants without type parameters. No logic is here.

/// Names a board's server: `server!(Clock, Driver, Keyboard)` in its `main.rs`, beside `type Chip` (its flash) and the
/// modules `console`, `limits`, `partitions`, `record` and `stack`, makes `launch`, which a board calls once its network
/// driver stands.
#[macro_export]
macro_rules! server {
    ($clock:ty, $driver:ty, $keyboard:ty) => {
        type Board = $crate::Shell<$clock>;

        type Terminal = $crate::console::Terminal<$keyboard>;

        /// What a board's `main` has set up.
        struct Hardware {
            driver: $driver,
            /// Asked once the settings are there.
            network: fn(&Board) -> embassy_net::Config,
            flash: Chip,
            clock: $clock,
            keyboard: $keyboard,
            /// Said of settings that the board has no use for.
            notes: &'static [(&'static str, &'static str)],
            /// Whether DEBUG answers, and the console's `panic`.
            debug: bool,
            /// As [`record::start`] takes it.
            reset_reason: &'static str,
        }

        static LOG: $crate::memory::ConstStaticCell<$crate::Log> =
            $crate::memory::ConstStaticCell::new($crate::Log::new(&console::Serial));
        static CHIP: $crate::memory::StaticCell<core::cell::RefCell<Chip>> = $crate::memory::StaticCell::new();
        static SETTINGS: $crate::memory::StaticCell<partitions::Settings> = $crate::memory::StaticCell::new();
        static RING: $crate::memory::StaticCell<partitions::Ring> = $crate::memory::StaticCell::new();
        static ENGINE: $crate::memory::StaticCell<$crate::engine::Engine> = $crate::memory::StaticCell::new();
        static SHELL: $crate::memory::StaticCell<Board> = $crate::memory::StaticCell::new();
        static NETWORK: $crate::memory::StaticCell<embassy_net::StackResources<{ limits::NETWORK_SOCKETS }>> =
            $crate::memory::StaticCell::new();
        static ARENA: $crate::memory::ConstStaticCell<$crate::memory::Aligned<{ limits::ARENA_BYTES }>> =
            $crate::memory::ConstStaticCell::new($crate::memory::Aligned([0; limits::ARENA_BYTES]));
        static OUTPUT: $crate::memory::ConstStaticCell<[u8; limits::OUTPUT_BYTES]> =
            $crate::memory::ConstStaticCell::new([0; limits::OUTPUT_BYTES]);
        static LINE: $crate::memory::ConstStaticCell<[u8; limits::LINE_BYTES]> =
            $crate::memory::ConstStaticCell::new([0; limits::LINE_BYTES]);
        static STATS: $crate::memory::ConstStaticCell<
            [$crate::engine::stats::CommandStats; $crate::engine::limits::COMMANDS_MAX],
        > = $crate::memory::ConstStaticCell::new(
            [$crate::engine::stats::CommandStats::ZERO; $crate::engine::limits::COMMANDS_MAX],
        );
        static SESSIONS: $crate::memory::StaticCell<[$crate::engine::Session; limits::CLIENTS]> =
            $crate::memory::StaticCell::new();
        static WAKERS: $crate::memory::StaticCell<[$crate::Waker; limits::CLIENTS]> = $crate::memory::StaticCell::new();
        static BUFFERS: $crate::memory::ConstStaticCell<
            [$crate::Buffers<{ limits::RECEIVE_BYTES }, { limits::SEND_BYTES }>; limits::SOCKETS],
        > = $crate::memory::ConstStaticCell::new([const { $crate::Buffers::EMPTY }; limits::SOCKETS]);

        /// Starts server and network; to be called once. `random`: from the chip's noise. The watchdog is to be fed
        /// while `has_progressed` says so of what this returns.
        fn launch(
            spawner: embassy_executor::Spawner,
            log: &'static $crate::Log,
            hardware: Hardware,
            mut random: impl FnMut() -> u64,
        ) -> &'static Board {
            let Hardware { driver, network, flash, clock, keyboard, notes, debug, reset_reason } = hardware;
            // One after the other, each with a frame that is given back: on a small stack there is no room for all.
            let mut clock = $crate::clock::Wall::new(clock);
            let engine = engine(clock.now(embassy_time::Instant::now()), [random(), random()]);
            let shell = shell(engine, clock, log, reset_reason, debug);
            let chip = CHIP.init_with(|| core::cell::RefCell::new(flash));
            let ring = load(shell, chip, log);
            let terminal = $crate::console::Terminal { keyboard, console: &console::Serial, notes };
            start(spawner, shell, $crate::Door(driver), network(shell), random(), terminal, ring);
            shell.greet();
            shell
        }

        /// The engine in its memory.
        #[inline(never)]
        fn engine(now: $crate::engine::Now, seed: [u64; 2]) -> &'static mut $crate::engine::Engine {
            let parts = $crate::engine::Parts {
                region: &mut ARENA.take().0,
                output: OUTPUT.take(),
                line: LINE.take(),
                stats: STATS.take(),
                seed,
            };
            ENGINE.init_with(|| $crate::engine::Engine::new(parts, now))
        }

        /// What is around the engine.
        #[inline(never)]
        fn shell(
            engine: &'static mut $crate::engine::Engine,
            clock: $crate::clock::Wall<$clock>,
            log: &'static $crate::Log,
            reset_reason: &'static str,
            debug: bool,
        ) -> &'static Board {
            let found = record::start(reset_reason);
            let resources = $crate::Resources {
                engine,
                arena: limits::ARENA_BYTES,
                sessions: SESSIONS.init_with(|| [$crate::engine::Session::default(); limits::CLIENTS]),
                wakers: WAKERS.init_with(|| [const { $crate::no_waker() }; limits::CLIENTS]),
                ram: &limits::RAM,
                os: limits::OS,
                stack_high: stack::high_water,
                endurance: limits::ENDURANCE,
                reset_reason: found.reset_reason,
                last_panic: found.last_panic,
                failed_boots: found.failed_boots,
                healthy: record::healthy,
                reset: Some(console::reset),
                debug,
            };
            SHELL.init_with(|| $crate::Shell::new(resources, clock, log))
        }

        /// The settings and the newest snapshot in flash. A chip that cannot be used is said so, and the board serves without it.
        #[inline(never)]
        fn load(
            shell: &'static Board,
            chip: &'static core::cell::RefCell<Chip>,
            log: &$crate::Log,
        ) -> Option<&'static mut partitions::Ring> {
            let warn = |text: core::fmt::Arguments<'_>| log.say($crate::engine::LogLevel::Warning, text);
            match partitions::Settings::open($crate::Partition::new(chip)) {
                Ok((store, kept)) => {
                    if kept == $crate::flash::Kept::Damaged {
                        warn(format_args!("The settings in flash are damaged: defaults are taken"));
                    }
                    shell.configure(SETTINGS.init(store));
                }
                Err(error) => warn(format_args!("No settings: {error}")),
            }
            match partitions::Ring::open($crate::Partition::new(chip), |rejected| warn(format_args!("{rejected}"))) {
                Ok((ring, _)) => {
                    let ring = RING.init(ring);
                    shell.load(ring);
                    Some(ring)
                }
                Err(error) => {
                    warn(format_args!("No snapshots: {error}"));
                    None
                }
            }
        }

        /// The network and all tasks but the board's own.
        #[inline(never)]
        fn start(
            spawner: embassy_executor::Spawner,
            shell: &'static Board,
            driver: $crate::Door<$driver>,
            config: embassy_net::Config,
            seed: u64,
            terminal: Terminal,
            ring: Option<&'static mut partitions::Ring>,
        ) {
            let resources = NETWORK.init_with(embassy_net::StackResources::new);
            let (stack, runner) = embassy_net::new(driver, config, resources, seed);
            spawn(spawner, network(shell, runner));
            for buffers in BUFFERS.take() {
                spawn(spawner, socket(shell, stack, buffers));
            }
            spawn(spawner, services(shell, stack));
            spawn(spawner, background(shell));
            if let Some(ring) = ring {
                spawn(spawner, persist(shell, ring));
            }
            spawn(spawner, console(shell, terminal));
        }

        /// Tables of tasks are sized for exactly those that are spawned.
        fn spawn<S>(
            spawner: embassy_executor::Spawner,
            task: Result<embassy_executor::SpawnToken<S>, embassy_executor::SpawnError>,
        ) {
            match task {
                Ok(token) => spawner.spawn(token),
                Err(error) => panic!("a task has no place: {error:?}"),
            }
        }

        #[embassy_executor::task]
        async fn network(shell: &'static Board, runner: embassy_net::Runner<'static, $crate::Door<$driver>>) -> ! {
            shell.network(runner).await
        }

        #[embassy_executor::task(pool_size = limits::SOCKETS)]
        async fn socket(
            shell: &'static Board,
            stack: embassy_net::Stack<'static>,
            buffers: &'static mut $crate::Buffers<{ limits::RECEIVE_BYTES }, { limits::SEND_BYTES }>,
        ) -> ! {
            shell.serve(stack, buffers).await
        }

        #[embassy_executor::task]
        async fn services(shell: &'static Board, stack: embassy_net::Stack<'static>) -> ! {
            shell.services(stack).await
        }

        #[embassy_executor::task]
        async fn background(shell: &'static Board) -> ! {
            shell.background().await
        }

        #[embassy_executor::task]
        async fn console(shell: &'static Board, mut terminal: Terminal) -> ! {
            shell.console(&mut terminal).await
        }

        #[embassy_executor::task]
        async fn persist(shell: &'static Board, ring: &'static mut partitions::Ring) {
            shell.persist(ring).await;
        }
    };
}
