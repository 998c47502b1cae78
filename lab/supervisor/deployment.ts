/** What CloudFormation sends for a resource of the deployed stack, as the provider framework hands it on. */
import type { GroupFile } from '../../core/wire/config.ts';
import { fileOfGroup } from '../../core/wire/group-document.ts';
import { LAB_ACCOUNT_ID, LAB_REGION } from '../ends/credentials.ts';

const STACK_ID = `arn:aws:cloudformation:${LAB_REGION}:${LAB_ACCOUNT_ID}:stack/keepaloft/lab`;

/** The creation of a group: members are named, and what they are is for the arbiter to find out. */
export const groupCreated = (name: string, group: GroupFile): Record<string, unknown> => ({
  RequestType: 'Create',
  ResourceType: 'Custom::KeepaloftGroup',
  StackId: STACK_ID,
  RequestId: `create-${name}`,
  LogicalResourceId: `Group-${name}`,
  ResourceProperties: { Document: JSON.stringify(fileOfGroup(name, group)), ForceRemoval: 'false' },
});
