//! Where a server keeps its metadata.
//!
//! The database servers are named by `SALON_TEST_POSTGRES_URL` and `SALON_TEST_MARIADB_URL` (see `ci/databases.sh`);
//! every server under test gets a database of its own there.

use std::{
    env,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
    MariaDb,
}

/// A database for one server; removed when dropped.
pub struct Place {
    database: Database,
    /// The server's address and the database's name.
    made: Option<(String, String)>,
}

impl Database {
    pub fn place(self) -> Place {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let variable = match self {
            Self::Sqlite => return Place { database: self, made: None },
            Self::Postgres => "SALON_TEST_POSTGRES_URL",
            Self::MariaDb => "SALON_TEST_MARIADB_URL",
        };
        let admin = env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set; start the databases with: eval \"$(ci/databases.sh start /tmp/salon-databases)\"")
        });
        let name = format!("salon_box_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        self.say(&admin, &format!("CREATE DATABASE {name}"));
        Place { database: self, made: Some((admin, name)) }
    }

    fn count(self, url: &str, query: &str) -> u64 {
        let query = AssertSqlSafe(query.to_owned());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let count: i64 = runtime.block_on(async {
            match self {
                Self::Sqlite => 0,
                Self::Postgres => {
                    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
                }
                Self::MariaDb => {
                    let mut connection = sqlx::MySqlConnection::connect(url).await.unwrap();
                    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
                }
            }
        });
        u64::try_from(count).unwrap()
    }

    fn say(self, url: &str, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            match self {
                Self::Sqlite => {}
                Self::Postgres => {
                    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                    connection.execute(sqlx::raw_sql(statement)).await.unwrap();
                }
                Self::MariaDb => {
                    let mut connection = sqlx::MySqlConnection::connect(url).await.unwrap();
                    connection.execute(sqlx::raw_sql(statement)).await.unwrap();
                }
            }
        });
    }
}

impl Place {
    /// A statement outside of the server; `data` is the server's directory.
    pub fn say(&self, data: &Path, statement: &str) {
        match &self.made {
            None => sqlite(data).execute_batch(statement).unwrap(),
            Some(_) => self.database.say(&self.url().unwrap(), statement),
        }
    }

    /// The first column of a query's rows, as texts.
    pub fn rows(&self, data: &Path, query: &str) -> Vec<String> {
        let Some(url) = self.url() else {
            let connection = sqlite(data);
            let mut statement = connection.prepare(query).unwrap();
            return statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        };
        let query = AssertSqlSafe(query.to_owned());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            if self.database == Database::Postgres {
                let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
                sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
            } else {
                let mut connection = sqlx::MySqlConnection::connect(&url).await.unwrap();
                sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
            }
        })
    }

    /// For `[database] connection`; `None` is the default.
    pub fn url(&self) -> Option<String> {
        let (admin, name) = self.made.as_ref()?;
        let (server, _) = admin.rsplit_once('/').unwrap();
        Some(format!("{server}/{name}"))
    }
}

impl Place {
    /// Connections to this database, as its server counts them.
    pub fn sessions(&self) -> u64 {
        let (admin, name) = self.made.as_ref().unwrap();
        let query = match self.database {
            Database::Sqlite => return 0,
            Database::Postgres => format!("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{name}'"),
            Database::MariaDb => format!("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '{name}'"),
        };
        self.database.count(admin, &query)
    }
}

fn sqlite(data: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(data.join("salon.db")).unwrap();
    connection.busy_timeout(super::PATIENCE).unwrap();
    connection
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((admin, name)) = &self.made else { return };
        if std::thread::panicking() {
            return;
        }
        let force = if self.database == Database::Postgres { " WITH (FORCE)" } else { "" };
        self.database.say(admin, &format!("DROP DATABASE {name}{force}"));
    }
}

/// Runs a test on every database.
#[macro_export]
macro_rules! on_every_database {
    ($($(#[$attribute:meta])* fn $name:ident($database:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            fn run($database: $crate::common::database::Database) $body

            $(#[$attribute])*
            #[test]
            fn sqlite() {
                run($crate::common::database::Database::Sqlite);
            }

            $(#[$attribute])*
            #[test]
            fn postgres() {
                run($crate::common::database::Database::Postgres);
            }

            $(#[$attribute])*
            #[test]
            fn mariadb() {
                run($crate::common::database::Database::MariaDb);
            }
        }
    )*};
}
