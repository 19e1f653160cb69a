// The config of a platform whose images are signed by a key.

export const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
`;

export const enabled = {
  components: {
    policyController: { enabled: true, values: { internet: false, disableTuf: true } },
    registry: { enabled: true },
  },
  cluster: { apiServerCidrs: ["10.9.0.2/32"], registryAddress: "10.96.0.20" },
  imagePolicies: [{ name: "ours", images: ["registry.test/**"], authorities: [{ key: { data: publicKey } }] }],
};
