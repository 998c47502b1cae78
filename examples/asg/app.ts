import { App } from 'aws-cdk-lib';
import { ScaledStack } from './stack.ts';

new ScaledStack(new App({ analyticsReporting: false }), 'Scaled');
