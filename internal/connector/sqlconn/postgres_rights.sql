-- What the account of this connection may do beyond reading, one row each: the statement that takes it away is put
-- together from them. Roles count whether their rights are inherited or have to be taken on with SET ROLE.
WITH RECURSIVE reach(oid, via) AS (
  SELECT oid, NULL::oid FROM pg_roles WHERE rolname IN (session_user, current_user)
  UNION
  SELECT m.roleid, COALESCE(r.via, m.roleid) FROM pg_auth_members m JOIN reach r ON m.member = r.oid
), harmless(oid) AS (
  SELECT oid FROM pg_roles WHERE rolname IN ('pg_read_all_data', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_monitor')
), owner(name) AS (
  SELECT quote_ident(pg_get_userbyid(datdba)) FROM pg_database WHERE datname = current_database()
), acl(sort, schema, object, privilege, suffix, grantee, grantable) AS (
  SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), a.privilege_type, '', a.grantee, a.is_grantable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) a
   WHERE c.relpersistence <> 't' AND (a.privilege_type <> 'SELECT' OR a.is_grantable)
     -- Everybody may change the settings of a session this way.
     AND NOT (c.oid = 'pg_catalog.pg_settings'::regclass AND a.grantee = 0)
  UNION ALL
  SELECT 'TABLE', '', format('%I.%I', n.nspname, c.relname), a.privilege_type, format(' (%I)', t.attname), a.grantee, a.is_grantable
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(t.attacl) a
   WHERE NOT t.attisdropped AND (a.privilege_type <> 'SELECT' OR a.is_grantable)
  UNION ALL
  SELECT 'SCHEMA', '', quote_ident(n.nspname), a.privilege_type, '', a.grantee, a.is_grantable
    FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a WHERE a.privilege_type <> 'USAGE' OR a.is_grantable
  UNION ALL
  SELECT 'DATABASE', '', quote_ident(d.datname), a.privilege_type, '', a.grantee, a.is_grantable
    FROM pg_database d CROSS JOIN LATERAL aclexplode(d.datacl) a WHERE a.privilege_type NOT IN ('CONNECT', 'TEMPORARY') OR a.is_grantable
  UNION ALL
  -- A function that runs with the rights of its owner, and one of the server's own that not everybody has.
  SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, '', p.oid::regprocedure::text, a.privilege_type, '', a.grantee, a.is_grantable
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a
   WHERE p.prosecdef AND has_schema_privilege(session_user, n.oid, 'USAGE')
      OR NOT p.prosecdef AND n.nspname = 'pg_catalog' AND a.grantee <> 0
      OR a.is_grantable AND a.grantee <> p.proowner
  UNION ALL
  SELECT 'FOREIGN SERVER', '', quote_ident(s.srvname), a.privilege_type, '', a.grantee, a.is_grantable FROM pg_foreign_server s CROSS JOIN LATERAL aclexplode(s.srvacl) a
  UNION ALL
  SELECT 'FOREIGN DATA WRAPPER', '', quote_ident(w.fdwname), a.privilege_type, '', a.grantee, a.is_grantable FROM pg_foreign_data_wrapper w CROSS JOIN LATERAL aclexplode(w.fdwacl) a
  UNION ALL
  SELECT 'TABLESPACE', '', quote_ident(s.spcname), a.privilege_type, '', a.grantee, a.is_grantable FROM pg_tablespace s CROSS JOIN LATERAL aclexplode(s.spcacl) a
  UNION ALL
  SELECT 'LARGE OBJECT', '', l.oid::text, a.privilege_type, '', a.grantee, a.is_grantable
    FROM pg_largeobject_metadata l CROSS JOIN LATERAL aclexplode(l.lomacl) a WHERE a.privilege_type <> 'SELECT' OR a.is_grantable
), surplus(via, sort, schema, object, privilege, grantee) AS (
  SELECT r.via, a.sort, a.schema, a.object,
         CASE WHEN a.grantable AND (a.privilege IN ('SELECT', 'USAGE', 'CONNECT', 'TEMPORARY') AND a.sort IN ('TABLE', 'SCHEMA', 'DATABASE', 'LARGE OBJECT') OR a.sort = 'SEQUENCE' AND a.privilege = 'SELECT')
              THEN 'GRANT OPTION FOR ' ELSE '' END || a.privilege || a.suffix,
         CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM acl a LEFT JOIN reach r ON r.oid = a.grantee
   WHERE (a.grantee = 0 OR r.oid IS NOT NULL) AND a.grantee NOT IN (SELECT oid FROM harmless)
  UNION ALL
  SELECT r.via, 'ROLE', '', quote_ident(g.rolname), a.name, '' FROM reach r JOIN pg_roles g ON g.oid = r.oid
    CROSS JOIN LATERAL (VALUES (g.rolsuper, 'NOSUPERUSER'), (g.rolcreatedb, 'NOCREATEDB'), (g.rolcreaterole, 'NOCREATEROLE'), (g.rolreplication, 'NOREPLICATION')) a(has, name) WHERE a.has
  UNION ALL
  -- A role of the server's own that is not known to be harmless. Names that begin with pg_ are nobody else's.
  SELECT COALESCE(r.via, r.oid), 'MEMBER', '', '', '', '' FROM reach r JOIN pg_roles g ON g.oid = r.oid
   WHERE g.rolname LIKE 'pg\_%' AND r.oid NOT IN (SELECT oid FROM harmless)
  UNION ALL
  SELECT NULL, 'ADMIN', '', quote_ident(pg_get_userbyid(m.roleid)), '', quote_ident(pg_get_userbyid(m.member))
    FROM pg_auth_members m JOIN reach r ON r.oid = m.member WHERE m.admin_option AND r.via IS NULL
  UNION ALL
  SELECT DISTINCT r.via, 'OWNER', '', COALESCE(NULLIF((SELECT name FROM owner), quote_ident(pg_get_userbyid(r.oid))), 'postgres'), '', quote_ident(pg_get_userbyid(r.oid))
    FROM pg_shdepend d JOIN reach r ON r.oid = d.refobjid
   WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
)
SELECT COALESCE(quote_ident(pg_get_userbyid(via)), ''), quote_ident(session_user), sort, schema, object, privilege, grantee
  FROM surplus GROUP BY via, sort, schema, object, privilege, grantee ORDER BY 1, 3, 4, 5, 7, 6
