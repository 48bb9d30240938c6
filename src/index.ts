/** The door for apps: the service, the plug, the codes. It pulls in xstate and nothing else. */
export * from '../machines/hresults.js';
export {
  isOnline,
  MISTATUS,
  PRESENCE_PROPERTY,
  statusName,
  type PresenceSource,
  type Reason,
  type SettableStatus,
  type SigninResult,
  type StatusResult,
} from '../machines/index.js';
export {
  createPresenceService,
  type Environment,
  type PersistedSnapshot,
  type PresenceService,
  type PresenceServiceOptions,
} from './service.js';
export { defaultPolicy, type Clock, type Policy, type PolicyOptions, type RetryPolicy } from './policy.js';
export { MessengerError } from './errors.js';
export type { Contact, Device, OnContactRequest, OnContactStatusChange } from './contacts.js';
export type { Notice, NoticeType, OnMyStatusChange, OnSignin, OnSignout } from './notices.js';
export type { PresenceProperties, PresenceProperty } from './properties.js';
export type { Wish } from './wants.js';
export type { SigninWish, WishOptions } from './arguments.js';
export type { Recording, StepRecord } from './record.js';
export * from './transport.js';
