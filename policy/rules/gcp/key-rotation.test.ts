// What policy kms-rotation lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { keyRotation } from "./key-rotation.ts";

const key = (props: object) => gcp("kms/cryptoKey:CryptoKey", { ...props });

table(keyRotation, {
  passes: {
    "every 90 days": key({ rotationPeriod: "7776000s" }),
    "a key that signs": key({ purpose: "ASYMMETRIC_SIGN" }),
  },
  violates: {
    never: [key({}), "never is longer than 90 days"],
    "every year": [key({ rotationPeriod: "31536000s" }), "31536000s is longer than 90 days"],
  },
});
