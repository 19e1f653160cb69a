// One parameter of a template, as JSON Schema.
import { Type } from "typebox";

/** One parameter as JSON Schema. */
export const ParameterSchema = Type.Object({
  type: Type.Array(Type.Enum(["string", "number", "boolean", "object", "array"]), {
    description: "A value that is not a string is passed as JSON.",
  }),
  description: Type.Optional(Type.String()),
  default: Type.Optional(Type.String({ description: "Value that the template uses if none is set." })),
  enum: Type.Optional(Type.Array(Type.String(), { description: "Allowed values." })),
  maxLength: Type.Optional(Type.Integer({ description: "Most characters of a value." })),
  pattern: Type.Optional(Type.String({ description: "Regular expression that a value must match." })),
  readOnly: Type.Optional(
    Type.Boolean({ description: "true: spec.parameters can't set it; `x-set-by` says what sets it." }),
  ),
  "x-set-by": Type.Optional(Type.String({ description: "Field of the AgentWorkload that sets it, or `tenant`." })),
});

const { readOnly: _, "x-set-by": __, ...fields } = ParameterSchema.properties;

/** Something that an approver may change at a gate, as JSON Schema. */
export const ChangeableField = Type.Object(fields);
