//! Moto: a server that speaks S3.
//!
//! It can look at signatures, but then it also refuses right ones of requests whose path or query has characters that are
//! encoded. So one that looks is for what must be refused, and one that does not is for the rest.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{Error, Process, Program, free_port};

const STARTING: Duration = Duration::from_mins(1);
/// What it calls the region.
const REGION: &str = "eu-central-1";
/// Without any the server takes whatever signature; with this many free calls a user can be made, after which it checks.
const FREE_CALLS: &str = "3";
/// Makes a user who may do everything with S3, and a bucket.
const SETUP: &str = r#"
import json, sys
import boto3
url, region, bucket = sys.argv[1:4]
free = {"endpoint_url": url, "region_name": region, "aws_access_key_id": "none", "aws_secret_access_key": "none"}
iam = boto3.client("iam", **free)
iam.create_user(UserName="tests")
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="tests", PolicyName="all", PolicyDocument=json.dumps(policy))
key = iam.create_access_key(UserName="tests")["AccessKey"]
ours = {**free, "aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
boto3.client("s3", **ours).create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
print(key["AccessKeyId"], key["SecretAccessKey"])
"#;

/// Whether a server looks at signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    /// It does.
    Checked,
    /// Everybody is let in.
    Ignored,
}

/// A running server with one bucket. Dropping it stops it and forgets everything.
#[derive(Debug)]
pub struct Moto {
    port: u16,
    bucket: String,
    access_key: String,
    secret: SecretString,
    process: Process,
    _directory: TempDir,
}

impl Moto {
    /// Starts one on a free port. `python` is what [`crate::tools`] answers to `moto`.
    ///
    /// # Errors
    /// If it does not start, or its user and bucket cannot be made.
    pub async fn start(python: &str, signatures: Signatures) -> Result<Self, Error> {
        let directory = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .map_err(Error::io("create", "a directory"))?;
        let port = free_port()?;
        let log = directory.path().join("moto.log");
        let mut program = Program::new("Moto", python, log)
            .arg("-m")
            .arg("moto.server")
            .arg("-H")
            .arg("127.0.0.1")
            .arg("-p")
            .arg(port.to_string())
            .current_dir(directory.path());
        if signatures == Signatures::Checked {
            program = program.env("INITIAL_NO_AUTH_ACTION_COUNT", FREE_CALLS);
        }
        let mut process = program.start()?;
        process.wait_for_port(port, STARTING).await?;
        let suffix = Alphanumeric.sample_string(&mut rand::rng(), 12);
        let bucket = format!("bucket-{}", suffix.to_ascii_lowercase());
        let said = Command::new(python)
            .arg("-c")
            .arg(SETUP)
            .arg(format!("http://127.0.0.1:{port}"))
            .args([REGION, &bucket])
            .output()
            .await
            .map_err(|source| Error::Spawn {
                program: python.to_owned(),
                source,
            })?;
        let text = String::from_utf8_lossy(&said.stdout);
        let Some((access_key, secret)) = text.trim().split_once(' ') else {
            return Err(Error::Program {
                program: "the set-up of Moto".to_owned(),
                output: String::from_utf8_lossy(&said.stderr).into_owned(),
            });
        };
        Ok(Self {
            port,
            bucket,
            access_key: access_key.to_owned(),
            secret: SecretString::from(secret),
            process,
            _directory: directory,
        })
    }

    /// The URL of the server.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it calls the region.
    #[must_use]
    pub fn region(&self) -> &'static str {
        REGION
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Who may use it.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// With which secret.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}
