import { App } from 'aws-cdk-lib';
import { NewPairStack } from './stack.ts';

new NewPairStack(new App({ analyticsReporting: false }), 'NewPair');
