// Rules over pods, whichever kind of object creates them, and over their containers.
import type { CheckedRule, Context, FixableRule, InArea, Report, ResourceRule, RuleText } from "../rule.ts";
import { changed, each, independently, ownField } from "../unknown.ts";
import { at, ensureObject, fields, isText, items } from "../values.ts";
import { holderRule } from "./holders.ts";
import { imageOf, isVariable } from "./images.ts";
import type { Container, Pod } from "./pod.ts";

interface Exempting {
  /** Pods that the rule leaves alone. */
  exempts?: (pod: Pod) => boolean;
}

/** A rule over the pods of every object that creates pods. */
export const podRule = ({
  check,
  fix,
  exempts = () => false,
  ...rest
}: FixableRule<Pod> & Partial<InArea> & Exempting): ResourceRule =>
  holderRule({
    area: "pods",
    ...rest,
    check: (pods, report, context) =>
      each(pods, (pod) => {
        if (!exempts(pod)) check(pod, report, context);
      }),
    fix: fix && ((pods, context) => changed(pods, (pod) => !exempts(pod) && fix(pod, context))),
  });

interface ContainerRuleParts extends RuleText, Partial<InArea>, Exempting {
  check: (container: Container, report: Report, context: Context, pod: Pod) => void;
  fix?: (container: Container, context: Context, pod: Pod) => boolean;
}

/** A rule over each container of each pod. */
export const containerRule = ({ check, fix, ...rest }: ContainerRuleParts): ResourceRule =>
  podRule({
    ...rest,
    check: (pod, report, context) => each(pod.containers, (container) => check(container, report, context, pod)),
    fix: fix && ((pod, context) => changed(pod.containers, (container) => fix(container, context, pod))),
  });

/** An image that a pod uses. */
export interface PodImage {
  path: string;
  image: string;
}

/** A rule over the images of each pod: of its containers, and those that it mounts as volumes. */
export const imageRule = ({ check, ...text }: CheckedRule<PodImage>): ResourceRule =>
  podRule({
    ...text,
    check: ({ containers, spec, path, partial, templated }, report, context) => {
      const checkImage = (image: string, where: string) => {
        const isElsewhere = (image === "" && partial) || (templated && isVariable(image));
        if (!isElsewhere) check({ image, path: where }, report, context);
      };
      independently(
        () => each(containers, (container) => checkImage(imageOf(container.container), `${container.path}.image`)),
        () =>
          each(items(spec.volumes), (volume, i) => {
            const { reference } = fields(volume.image);
            if (isText(reference)) checkImage(reference, `${path}.volumes[${i}].image.reference`);
          }),
      );
    },
  });

/**
 * Whether a pod is one for Windows, where the fields that restrict Linux containers may not be set. As for Pod Security, `os` decides:
 * a node of another system refuses the pod. What supplies the rest of a partial pod may say otherwise.
 */
export const isOfWindows = ({ spec, partial }: Pod): boolean =>
  !partial && at(ownField(spec, "os"), "name") === "windows";

/** Whether root in a pod is nobody on its node, because the pod has users of its own. */
export const hasOwnUsers = ({ spec, partial }: Pod): boolean => !partial && ownField(spec, "hostUsers") === false;

/** Sets a field of a container's security context; returns whether its value changed. */
export function setContext(container: Container, name: string, value: unknown): boolean {
  const current = fields(container.container.securityContext)[name];
  if (JSON.stringify(current) === JSON.stringify(value)) return false;
  ensureObject(container.container, "securityContext")[name] = value;
  return true;
}

/** The effective value of a security context's field: the container's, or else the pod's. */
export const inEffect = (name: string, { container }: Container, pod: Pod): unknown =>
  fields(container.securityContext)[name] ?? pod.security[name];
