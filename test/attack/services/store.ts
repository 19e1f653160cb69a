// What somebody tries at the object store with a tenant's key, as arguments of curl, and what MinIO says to it.

const DENIED = /<Code>AccessDenied<\/Code>|HTTP\/1\.1 403/;
const BAD_NAME = /XMinioInvalid(Resource|Object)Name|AccessDenied|InvalidBucketName/;

/** By what is tried: arguments of curl, words of the refusal, and the service whose requests are signed if it isn't `s3`. */
export function storeAttacks(url: string, bucket: string, other: string): [string, string[], RegExp, string?][] {
  const put = (text: string) => ["--request", "PUT", "--data", text];
  return [
    ["reads another bucket", [`${url}/${other}?list-type=2`], DENIED],
    ["reads an object of another bucket", [`${url}/${other}/report.md`], DENIED],
    ["writes into another bucket", [...put("x"), `${url}/${other}/x`], DENIED],
    ["deletes from another bucket", ["--request", "DELETE", `${url}/${other}/report.md`], DENIED],
    ["asks whether an object of another bucket is there", ["--head", `${url}/${other}/report.md`], DENIED],
    [
      "copies from another bucket",
      [...put(""), "--header", `x-amz-copy-source: /${other}/report.md`, `${url}/${bucket}/copy`],
      DENIED,
    ],
    [
      "copies from above its bucket",
      [...put(""), "--header", `x-amz-copy-source: /${bucket}/../${other}/report.md`, `${url}/${bucket}/copy`],
      BAD_NAME,
    ],
    ["reads above its bucket", [`${url}/${bucket}/../${other}/report.md`], BAD_NAME],
    ["reads above its bucket, encoded", [`${url}/${bucket}/%2e%2e/${other}/report.md`], BAD_NAME],
    [
      "reads above its bucket, encoded twice",
      [`${url}/${bucket}/%252e%252e/${other}/report.md`],
      /NoSuchKey|AccessDenied|SignatureDoesNotMatch|XMinioInvalid/,
    ],
    [
      "reads MinIO's own folder",
      [`${url}/.minio.sys/config/config.json`],
      /AccessDenied|InvalidBucketName|XMinioInvalid|AllAccessDisabled/,
    ],
    ["makes a bucket", [...put(""), `${url}/${bucket}-more`], DENIED],
    ["deletes its bucket", ["--request", "DELETE", `${url}/${bucket}`], DENIED],
    ["opens its bucket to everybody", [...put("{}"), `${url}/${bucket}?policy=`], DENIED],
    ["reads who may use its bucket", [`${url}/${bucket}?policy=`], DENIED],
    [
      "keeps versions of everything",
      [
        ...put("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
        `${url}/${bucket}?versioning=`,
      ],
      DENIED,
    ],
    ["locks its objects", [...put("<ObjectLockConfiguration/>"), `${url}/${bucket}?object-lock=`], DENIED],
    ["keeps artifacts for ever", ["--request", "DELETE", `${url}/${bucket}?lifecycle=`], DENIED],
    [
      "has others told of its objects",
      [...put("<NotificationConfiguration/>"), `${url}/${bucket}?notification=`],
      DENIED,
    ],
    [
      "has its bucket copied elsewhere",
      [...put("<ReplicationConfiguration/>"), `${url}/${bucket}?replication=`],
      DENIED,
    ],
    [
      "has its objects encrypted with a key of its own",
      [...put("<ServerSideEncryptionConfiguration/>"), `${url}/${bucket}?encryption=`],
      DENIED,
    ],
    ["labels its bucket", [...put("<Tagging/>"), `${url}/${bucket}?tagging=`], DENIED],
    [
      "keeps an object by law",
      [...put("<LegalHold><Status>ON</Status></LegalHold>"), `${url}/${bucket}/x?legal-hold=`],
      DENIED,
    ],
    ["reads the server's state", [`${url}/minio/admin/v3/info`], DENIED],
    ["reads the users", [`${url}/minio/admin/v3/list-users`], DENIED],
    ["reads the server's settings", [`${url}/minio/admin/v3/get-config-kv?key=api`], DENIED],
    ["stops the server", ["--request", "POST", `${url}/minio/admin/v3/service?action=stop`], DENIED],
    ["reads the metrics", [`${url}/minio/v2/metrics/cluster`], DENIED],
    ["reads the profiles", ["--request", "POST", `${url}/minio/admin/v3/profile?profilerType=cpu`], DENIED],
    [
      "takes a session of somebody whom a directory vouches for",
      ["--data", "Action=AssumeRoleWithLDAPIdentity&Version=2011-06-15&LDAPUsername=x&LDAPPassword=x", url],
      /<Code>|HTTP\/1\.1 4/,
      "sts",
    ],
  ];
}
