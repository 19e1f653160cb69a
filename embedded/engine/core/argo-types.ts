// The types of the fields that the engine takes, from @kubernetes-models. Made by test/unit/engine/argo-types.ts:
// `vitest run -u test/unit/engine/types.test.ts` makes it anew after a change of schema.ts or of the models.

/** By type `field:type`, where `[]` is a list and `{}` a map with strings as keys. */
export const ARGO_TYPES: Readonly<Record<string, string>> = {
  AWSElasticBlockStoreVolumeSource: "fsType:string partition:integer readOnly:boolean volumeID:string",
  Affinity: "nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity",
  AppArmorProfile: "localhostProfile:string type:string",
  Arguments: "parameters:Parameter[]",
  ArtifactLocation: "archiveLogs:boolean",
  AzureDiskVolumeSource: "cachingMode:string diskName:string diskURI:string fsType:string kind:string readOnly:boolean",
  AzureFileVolumeSource: "readOnly:boolean secretName:string shareName:string",
  Backoff: "cap:string duration:string factor:integer-or-string maxDuration:string",
  CSIVolumeSource:
    "driver:string fsType:string nodePublishSecretRef:LocalObjectReference readOnly:boolean volumeAttributes:string{}",
  Capabilities: "add:string[] drop:string[]",
  CephFSVolumeSource:
    "monitors:string[] path:string readOnly:boolean secretFile:string secretRef:LocalObjectReference user:string",
  CinderVolumeSource: "fsType:string readOnly:boolean secretRef:LocalObjectReference volumeID:string",
  ClusterTrustBundleProjection:
    "labelSelector:LabelSelector name:string optional:boolean path:string signerName:string",
  ConfigMapEnvSource: "name:string optional:boolean",
  ConfigMapKeySelector: "key:string name:string optional:boolean",
  ConfigMapProjection: "items:KeyToPath[] name:string optional:boolean",
  ConfigMapVolumeSource: "defaultMode:integer items:KeyToPath[] name:string optional:boolean",
  Container:
    "args:string[] command:string[] env:EnvVar[] envFrom:EnvFromSource[] image:string imagePullPolicy:string lifecycle:Lifecycle livenessProbe:Probe name:string ports:ContainerPort[] readinessProbe:Probe resources:ResourceRequirements securityContext:SecurityContext startupProbe:Probe stdin:boolean stdinOnce:boolean terminationMessagePath:string terminationMessagePolicy:string tty:boolean volumeDevices:VolumeDevice[] volumeMounts:VolumeMount[] workingDir:string",
  ContainerPort: "containerPort:integer hostIP:string hostPort:integer name:string protocol:string",
  DAGTask:
    "arguments:Arguments dependencies:string[] depends:string name:string template:string templateRef:TemplateRef when:string withItems:any[] withParam:string withSequence:Sequence",
  DAGTemplate: "failFast:boolean target:string tasks:DAGTask[]",
  DownwardAPIProjection: "items:DownwardAPIVolumeFile[]",
  DownwardAPIVolumeFile: "fieldRef:ObjectFieldSelector mode:integer path:string resourceFieldRef:ResourceFieldSelector",
  DownwardAPIVolumeSource: "defaultMode:integer items:DownwardAPIVolumeFile[]",
  EmptyDirVolumeSource: "medium:string sizeLimit:quantity",
  EnvFromSource: "configMapRef:ConfigMapEnvSource prefix:string secretRef:SecretEnvSource",
  EnvVar: "name:string value:string valueFrom:EnvVarSource",
  EnvVarSource:
    "configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector",
  EphemeralVolumeSource: "volumeClaimTemplate:PersistentVolumeClaimTemplate",
  ExecAction: "command:string[]",
  ExecutorConfig: "serviceAccountName:string",
  FCVolumeSource: "fsType:string lun:integer readOnly:boolean targetWWNs:string[] wwids:string[]",
  FileKeySelector: "key:string optional:boolean path:string volumeName:string",
  FlexVolumeSource: "driver:string fsType:string options:string{} readOnly:boolean secretRef:LocalObjectReference",
  FlockerVolumeSource: "datasetName:string datasetUUID:string",
  GCEPersistentDiskVolumeSource: "fsType:string partition:integer pdName:string readOnly:boolean",
  GRPCAction: "port:integer service:string",
  GitRepoVolumeSource: "directory:string repository:string revision:string",
  GlusterfsVolumeSource: "endpoints:string path:string readOnly:boolean",
  HTTPGetAction: "host:string httpHeaders:HTTPHeader[] path:string port:integer-or-string scheme:string",
  HTTPHeader: "name:string value:string",
  HostAlias: "hostnames:string[] ip:string",
  HostPathVolumeSource: "path:string type:string",
  ISCSIVolumeSource:
    "chapAuthDiscovery:boolean chapAuthSession:boolean fsType:string initiatorName:string iqn:string iscsiInterface:string lun:integer portals:string[] readOnly:boolean secretRef:LocalObjectReference targetPortal:string",
  ImageVolumeSource: "pullPolicy:string reference:string",
  Inputs: "parameters:Parameter[]",
  KeyToPath: "key:string mode:integer path:string",
  LabelSelector: "matchExpressions:LabelSelectorRequirement[] matchLabels:string{}",
  LabelSelectorRequirement: "key:string operator:string values:string[]",
  Lifecycle: "postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:string",
  LifecycleHandler: "exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction",
  LocalObjectReference: "name:string",
  ManagedFieldsEntry:
    "apiVersion:string fieldsType:string fieldsV1:any manager:string operation:string subresource:string time:string",
  Metadata: "annotations:string{} labels:string{}",
  NFSVolumeSource: "path:string readOnly:boolean server:string",
  NodeAffinity:
    "preferredDuringSchedulingIgnoredDuringExecution:PreferredSchedulingTerm[] requiredDuringSchedulingIgnoredDuringExecution:NodeSelector",
  NodeSelector: "nodeSelectorTerms:NodeSelectorTerm[]",
  NodeSelectorRequirement: "key:string operator:string values:string[]",
  NodeSelectorTerm: "matchExpressions:NodeSelectorRequirement[] matchFields:NodeSelectorRequirement[]",
  ObjectFieldSelector: "apiVersion:string fieldPath:string",
  ObjectMeta:
    "annotations:string{} creationTimestamp:string deletionGracePeriodSeconds:integer deletionTimestamp:string finalizers:string[] generateName:string generation:integer labels:string{} managedFields:ManagedFieldsEntry[] name:string namespace:string ownerReferences:OwnerReference[] resourceVersion:string selfLink:string uid:string",
  Outputs: "parameters:Parameter[]",
  OwnerReference: "apiVersion:string blockOwnerDeletion:boolean controller:boolean kind:string name:string uid:string",
  Parameter:
    "default:any-string description:any-string enum:any-string[] name:string value:any-string valueFrom:ValueFrom",
  PersistentVolumeClaimSpec:
    "accessModes:string[] dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference resources:VolumeResourceRequirements selector:LabelSelector storageClassName:string volumeAttributesClassName:string volumeMode:string volumeName:string",
  PersistentVolumeClaimTemplate: "metadata:ObjectMeta spec:PersistentVolumeClaimSpec",
  PersistentVolumeClaimVolumeSource: "claimName:string readOnly:boolean",
  PhotonPersistentDiskVolumeSource: "fsType:string pdID:string",
  PodAffinity:
    "preferredDuringSchedulingIgnoredDuringExecution:WeightedPodAffinityTerm[] requiredDuringSchedulingIgnoredDuringExecution:PodAffinityTerm[]",
  PodAffinityTerm:
    "labelSelector:LabelSelector matchLabelKeys:string[] mismatchLabelKeys:string[] namespaceSelector:LabelSelector namespaces:string[] topologyKey:string",
  PodAntiAffinity:
    "preferredDuringSchedulingIgnoredDuringExecution:WeightedPodAffinityTerm[] requiredDuringSchedulingIgnoredDuringExecution:PodAffinityTerm[]",
  PodCertificateProjection:
    "certificateChainPath:string credentialBundlePath:string keyPath:string keyType:string maxExpirationSeconds:integer signerName:string userAnnotations:string{}",
  PodDNSConfig: "nameservers:string[] options:PodDNSConfigOption[] searches:string[]",
  PodDNSConfigOption: "name:string value:string",
  PodGC: "deleteDelayDuration:string strategy:string",
  PodSecurityContext:
    "appArmorProfile:AppArmorProfile fsGroup:integer fsGroupChangePolicy:string runAsGroup:integer runAsNonRoot:boolean runAsUser:integer seLinuxChangePolicy:string seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile supplementalGroups:integer[] supplementalGroupsPolicy:string sysctls:Sysctl[] windowsOptions:WindowsSecurityContextOptions",
  PortworxVolumeSource: "fsType:string readOnly:boolean volumeID:string",
  PreferredSchedulingTerm: "preference:NodeSelectorTerm weight:integer",
  Probe:
    "exec:ExecAction failureThreshold:integer grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds:integer periodSeconds:integer successThreshold:integer tcpSocket:TCPSocketAction terminationGracePeriodSeconds:integer timeoutSeconds:integer",
  ProjectedVolumeSource: "defaultMode:integer sources:VolumeProjection[]",
  QuobyteVolumeSource: "group:string readOnly:boolean registry:string tenant:string user:string volume:string",
  RBDVolumeSource:
    "fsType:string image:string keyring:string monitors:string[] pool:string readOnly:boolean secretRef:LocalObjectReference user:string",
  ResourceClaim: "name:string request:string",
  ResourceFieldSelector: "containerName:string divisor:quantity resource:string",
  ResourceRequirements: "claims:ResourceClaim[] limits:quantity{} requests:quantity{}",
  RetryStrategy: "backoff:Backoff expression:string limit:integer-or-string retryPolicy:string",
  SELinuxOptions: "level:string role:string type:string user:string",
  ScaleIOVolumeSource:
    "fsType:string gateway:string protectionDomain:string readOnly:boolean secretRef:LocalObjectReference sslEnabled:boolean storageMode:string storagePool:string system:string volumeName:string",
  ScriptTemplate:
    "source:string args:string[] command:string[] env:EnvVar[] envFrom:EnvFromSource[] image:string imagePullPolicy:string lifecycle:Lifecycle livenessProbe:Probe name:string ports:ContainerPort[] readinessProbe:Probe resources:ResourceRequirements securityContext:SecurityContext startupProbe:Probe stdin:boolean stdinOnce:boolean terminationMessagePath:string terminationMessagePolicy:string tty:boolean volumeDevices:VolumeDevice[] volumeMounts:VolumeMount[] workingDir:string",
  SeccompProfile: "localhostProfile:string type:string",
  SecretEnvSource: "name:string optional:boolean",
  SecretKeySelector: "key:string name:string optional:boolean",
  SecretProjection: "items:KeyToPath[] name:string optional:boolean",
  SecretVolumeSource: "defaultMode:integer items:KeyToPath[] optional:boolean secretName:string",
  SecurityContext:
    "allowPrivilegeEscalation:boolean appArmorProfile:AppArmorProfile capabilities:Capabilities privileged:boolean procMount:string readOnlyRootFilesystem:boolean runAsGroup:integer runAsNonRoot:boolean runAsUser:integer seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions",
  Sequence: "count:integer-or-string end:integer-or-string format:string start:integer-or-string",
  ServiceAccountTokenProjection: "audience:string expirationSeconds:integer path:string",
  SleepAction: "seconds:integer",
  StorageOSVolumeSource:
    "fsType:string readOnly:boolean secretRef:LocalObjectReference volumeName:string volumeNamespace:string",
  SuspendTemplate: "duration:duration",
  Sysctl: "name:string value:string",
  TCPSocketAction: "host:string port:integer-or-string",
  TTLStrategy: "secondsAfterCompletion:integer secondsAfterFailure:integer secondsAfterSuccess:integer",
  Template:
    "activeDeadlineSeconds:integer-or-string affinity:Affinity archiveLocation:ArtifactLocation automountServiceAccountToken:boolean container:Container dag:DAGTemplate executor:ExecutorConfig failFast:boolean hostAliases:HostAlias[] initContainers:UserContainer[] inputs:Inputs metadata:Metadata name:string nodeSelector:string{} outputs:Outputs parallelism:integer priorityClassName:string retryStrategy:RetryStrategy schedulerName:string script:ScriptTemplate securityContext:PodSecurityContext serviceAccountName:string steps:WorkflowStep[][] suspend:SuspendTemplate tolerations:Toleration[] volumes:Volume[]",
  TemplateRef: "clusterScope:boolean name:string template:string",
  Toleration: "effect:string key:string operator:string tolerationSeconds:integer value:string",
  TypedLocalObjectReference: "apiGroup:string kind:string name:string",
  TypedObjectReference: "apiGroup:string kind:string name:string namespace:string",
  UserContainer:
    "args:string[] command:string[] env:EnvVar[] envFrom:EnvFromSource[] image:string imagePullPolicy:string lifecycle:Lifecycle livenessProbe:Probe name:string ports:ContainerPort[] readinessProbe:Probe resources:ResourceRequirements restartPolicy:string securityContext:SecurityContext startupProbe:Probe stdin:boolean stdinOnce:boolean terminationMessagePath:string terminationMessagePolicy:string tty:boolean volumeDevices:VolumeDevice[] volumeMounts:VolumeMount[] workingDir:string",
  ValueFrom: "default:any-string parameter:string path:string supplied:any{}",
  Volume:
    "awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource configMap:ConfigMapVolumeSource csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource fc:FCVolumeSource flexVolume:FlexVolumeSource flocker:FlockerVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource gitRepo:GitRepoVolumeSource glusterfs:GlusterfsVolumeSource hostPath:HostPathVolumeSource image:ImageVolumeSource iscsi:ISCSIVolumeSource name:string nfs:NFSVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource vsphereVolume:VsphereVirtualDiskVolumeSource",
  VolumeDevice: "devicePath:string name:string",
  VolumeMount:
    "mountPath:string mountPropagation:string name:string readOnly:boolean recursiveReadOnly:string subPath:string subPathExpr:string",
  VolumeProjection:
    "clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection secret:SecretProjection serviceAccountToken:ServiceAccountTokenProjection",
  VolumeResourceRequirements: "limits:quantity{} requests:quantity{}",
  VsphereVirtualDiskVolumeSource: "fsType:string storagePolicyID:string storagePolicyName:string volumePath:string",
  WeightedPodAffinityTerm: "podAffinityTerm:PodAffinityTerm weight:integer",
  WindowsSecurityContextOptions:
    "gmsaCredentialSpec:string gmsaCredentialSpecName:string hostProcess:boolean runAsUserName:string",
  WorkflowMetadata: "annotations:string{} labels:string{}",
  WorkflowSpec:
    "activeDeadlineSeconds:integer affinity:Affinity archiveLogs:boolean arguments:Arguments automountServiceAccountToken:boolean dnsConfig:PodDNSConfig dnsPolicy:string entrypoint:string executor:ExecutorConfig hostAliases:HostAlias[] hostNetwork:boolean imagePullSecrets:LocalObjectReference[] nodeSelector:string{} onExit:string parallelism:integer podGC:PodGC podMetadata:Metadata podPriorityClassName:string retryStrategy:RetryStrategy schedulerName:string securityContext:PodSecurityContext serviceAccountName:string shutdown:string suspend:boolean templateDefaults:Template templates:Template[] tolerations:Toleration[] ttlStrategy:TTLStrategy volumes:Volume[] workflowMetadata:WorkflowMetadata workflowTemplateRef:WorkflowTemplateRef",
  WorkflowStep:
    "arguments:Arguments name:string template:string templateRef:TemplateRef when:string withItems:any[] withParam:string withSequence:Sequence",
  WorkflowTemplateRef: "clusterScope:boolean name:string",
};
