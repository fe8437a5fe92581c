DROP TABLE workspace.app_passwords;
