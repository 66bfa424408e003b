// Long: a role is assumed by a signed call of its own, in the vendor's capitals.
import { defineService } from '../define.ts'
import { sigv4, twoStep } from '../kinds.ts'

const sts = 'https://sts.{region}.amazonaws.com/'
const region = { service: '{service}', region: '{region}', encodeOnce: ['s3'] } as const

export const aws = defineService({
  name: 'Amazon Web Services',
  docs: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html',
  category: 'cloud',
  icon: { letters: 'AWS', colour: '#232f3e' },
  settings: {
    region: {
      kind: 'text',
      label: 'Region',
      default: 'us-east-1',
      pattern: '^[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]{4,12}-[0-9]$',
    },
    service: {
      kind: 'text',
      label: 'Service',
      hint: 'As in its host name. One connection speaks to one service.',
      example: 's3',
      pattern: '^[a-z0-9-]+$',
    },
  },
  baseUrl: 'https://{service}.{region}.amazonaws.com',
  // Buckets have hosts below the service's.
  hosts: ['*.{service}.{region}.amazonaws.com'],
  // STS also mints credentials, so callers do not get there unless it is their service.
  ownHosts: ['sts.{region}.amazonaws.com'],
  auth: {
    access_key: sigv4({
      label: 'Access key',
      steps: [
        'In IAM make a user for this purpose alone, with a policy that names what it may do.',
        'Under Security credentials create an access key. Keys that start with ASIA need their session token too.',
      ],
      settings: { keyId: { kind: 'text', label: 'Access key id', pattern: '^(AKIA|ASIA)[0-9A-Z]{16}$' } },
      fields: {
        secret: { label: 'Secret access key', pattern: '^[A-Za-z0-9/+=]{40}$' },
        session: { label: 'Session token', shape: 'lines', optional: true },
      },
      sign: { keyId: '{keyId}', secret: '{secret}', session: '{session}', ...region },
    }),
    assume_role: twoStep({
      label: 'Role in your account',
      docs: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html',
      steps: [
        'Make a role that trusts the account of this server, on condition of the external id shown here, and attach a policy.',
        'The administrator of this server enters the key of a user that may assume roles, once.',
      ],
      settings: {
        roleArn: {
          kind: 'text',
          label: 'ARN of the role',
          pattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$',
        },
        // Whoever knows the ARN alone cannot borrow the role through us.
        externalId: { kind: 'generated', label: 'External id' },
      },
      app: {
        fields: {
          ownKeyId: { label: 'Access key id', pattern: '^(AKIA|ASIA)[0-9A-Z]{16}$' },
          ownSecret: { label: 'Secret access key', pattern: '^[A-Za-z0-9/+=]{40}$' },
        },
      },
      obtain: {
        url: sts,
        headers: { accept: 'application/json' },
        form: {
          Action: 'AssumeRole',
          Version: '2011-06-15',
          RoleArn: '{roleArn}',
          ExternalId: '{externalId}',
          RoleSessionName: 'cardea',
          DurationSeconds: '3600',
        },
        sign: { with: 'sigv4', keyId: '{ownKeyId}', secret: '{ownSecret}', service: 'sts', region: '{region}' },
        gives: {
          keyId: 'AssumeRoleResponse.AssumeRoleResult.Credentials.AccessKeyId',
          secret: 'AssumeRoleResponse.AssumeRoleResult.Credentials.SecretAccessKey',
          session: 'AssumeRoleResponse.AssumeRoleResult.Credentials.SessionToken',
        },
        answer: { at: { expiresAt: 'AssumeRoleResponse.AssumeRoleResult.Credentials.Expiration' }, lifetime: 3600 },
      },
      send: { sign: { with: 'sigv4', keyId: '{keyId}', secret: '{secret}', session: '{session}', ...region } },
    }),
  },
  // Needs no permission at all, and says who is asking.
  check: {
    post: sts,
    headers: { accept: 'application/json' },
    form: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
  },
  identity: {
    id: 'GetCallerIdentityResponse.GetCallerIdentityResult.Arn',
    label: 'GetCallerIdentityResponse.GetCallerIdentityResult.Arn',
    team: 'GetCallerIdentityResponse.GetCallerIdentityResult.Account',
    at: '{region}',
  },
  answers: {
    rejected: [
      { contains: 'InvalidClientTokenId' },
      { contains: 'SignatureDoesNotMatch' },
      { contains: 'ExpiredToken' },
      { contains: 'InvalidAccessKeyId' },
    ],
    limited: [{ status: 429 }, { contains: 'Throttling' }, { status: 503, contains: 'SlowDown' }],
  },
  verified: {
    on: '2026-11-20',
    by: [
      'https://docs.aws.amazon.com/sdk-for-kotlin/api/latest/sts/aws.sdk.kotlin.services.sts/get-caller-identity.html',
      'https://github.com/ex-aws/ex_aws_sts/issues/8',
    ],
  },
})
