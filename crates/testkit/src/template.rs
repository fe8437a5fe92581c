//! The migrated database that tests get copies of.
//!
//! Its name is a hash of the migrations, so that a changed migration means a new template. It is
//! built under another name and renamed when complete; an advisory lock lets one process build
//! while the others wait.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

use crate::{
    Error,
    admin::Admin,
    migrate,
    server::{Server, workspace},
    url::with_database,
};

const BUILD_LOCK: &str = "SELECT pg_advisory_lock(4918273645546372819)";
const BUILD_UNLOCK: &str = "SELECT pg_advisory_unlock(4918273645546372819)";

/// The template's name; builds it when missing.
pub(crate) async fn ensure(server: &Server, admin: &mut Admin) -> Result<String, Error> {
    let hash = migrations_hash(&migrations())?;
    let name = format!("bheem_template_{hash:016x}");
    if admin.exists(&name).await? {
        return Ok(name);
    }
    admin.execute(BUILD_LOCK).await?;
    let built = build(server, admin, &name).await;
    admin.execute(BUILD_UNLOCK).await?;
    built.map(|()| name)
}

async fn build(server: &Server, admin: &mut Admin, name: &str) -> Result<(), Error> {
    if admin.exists(name).await? {
        return Ok(());
    }
    if server.private {
        drop_others(admin).await?;
    }
    let unfinished = format!("{name}_new");
    admin.drop_database(&unfinished).await?;
    admin.create(&unfinished, None).await?;
    migrate::run(
        &with_database(&server.maintenance_url, &unfinished),
        &migrations(),
    )?;
    // Waits for the migration's connection to be gone.
    admin
        .execute(&format!("ALTER DATABASE {unfinished} RENAME TO {name}"))
        .await
}

fn migrations() -> PathBuf {
    workspace().join("migrations")
}

/// Templates of other migrations; whoever still needs one builds it again.
async fn drop_others(admin: &mut Admin) -> Result<(), Error> {
    let query = "SELECT datname::text AS text FROM pg_database WHERE datname ~ '^bheem_template_'";
    for name in admin.texts(query).await? {
        admin.drop_database(&name).await?;
    }
    Ok(())
}

/// Over names and contents of all migration files, in order.
fn migrations_hash(folder: &Path) -> Result<u64, Error> {
    let mut hasher = DefaultHasher::new();
    let mut migrations: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    migrations.sort_by_key(fs::DirEntry::file_name);
    for migration in migrations {
        migration.file_name().hash(&mut hasher);
        for file in ["up.sql", "down.sql", "metadata.toml"] {
            let text = fs::read(migration.path().join(file)).unwrap_or_default();
            (file, text).hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}
