/** What the CDK runs, see cdk.json. */
import { App } from 'aws-cdk-lib';
import { DocumentError } from '../core/wire/document.ts';
import { DeploymentError } from '../lib/index.ts';
import { build } from './app.ts';

const app = new App({ analyticsReporting: false, autoSynth: false });
try {
  build(app);
  app.synth();
} catch (error) {
  // What is wrong is in the user's file or command, not in this program: the place in it would only hide the reason.
  if (!(error instanceof DeploymentError || error instanceof DocumentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
