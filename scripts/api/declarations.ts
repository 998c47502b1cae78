// What a module exports, from its syntax tree: enough of classes, interfaces and types to describe them.

import { parseAst } from 'rolldown/parseAst';
import { isSyntaxNode, type SourceFile, type SyntaxNode } from '../sources.ts';
import { commentBefore, type DocComment, parseDoc } from './doc-comment.ts';

export interface Property {
  readonly kind: 'property';
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
  readonly isStatic: boolean;
  readonly doc: DocComment;
}

export interface Method {
  readonly kind: 'method';
  /** `constructor` for that one. */
  readonly name: string;
  /** From the name to the return type, as it is written, without a body. */
  readonly signature: string;
  readonly isStatic: boolean;
  readonly doc: DocComment;
}

export interface Declaration {
  readonly kind: 'class' | 'interface' | 'type' | 'value';
  readonly name: string;
  /** The first line of it: name and what it extends. */
  readonly head: string;
  readonly doc: DocComment;
  readonly members: readonly (Property | Method)[];
}

/** A source that cannot be described; the message says which and why. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
}

const plain = (text: string): string =>
  text
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/([([]) | ([)\]])/gu, '$1$2')
    .trim();

function child(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field];
  return isSyntaxNode(value) ? value : undefined;
}

function children(node: SyntaxNode, field: string): SyntaxNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isSyntaxNode) : [];
}

function nameOf(node: SyntaxNode | undefined): string {
  const name = node?.['name'] ?? node?.['value'];
  return typeof name === 'string' ? name : '';
}

function endOf(node: SyntaxNode): number {
  return typeof node['end'] === 'number' ? node['end'] : node.start;
}

/** Reads one file's declarations. */
class Reader {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  #slice(node: SyntaxNode | undefined): string {
    return node === undefined ? '' : plain(this.#text.slice(node.start, endOf(node)));
  }

  #type(node: SyntaxNode): string {
    const annotation = child(node, 'typeAnnotation');
    return annotation === undefined ? '' : this.#slice(child(annotation, 'typeAnnotation'));
  }

  #doc(node: SyntaxNode): DocComment {
    return parseDoc(commentBefore(this.#text, node.start));
  }

  /** The default of a parameter is its own documentation; a private field is nobody's business. */
  #signature(name: string, owner: SyntaxNode): string {
    const parameters = children(owner, 'params').map((parameter) => this.#slice(parameter));
    const returns = child(owner, 'returnType');
    const type = returns === undefined ? '' : `: ${this.#slice(child(returns, 'typeAnnotation'))}`;
    return `${name}(${parameters.join(', ')})${type}`;
  }

  #member(node: SyntaxNode): (Property | Method)[] {
    const key = child(node, 'key');
    const name = nameOf(key);
    const isHidden = key?.type === 'PrivateIdentifier' || node['accessibility'] === 'private';
    if (isHidden || node['override'] === true || name === '') return [];
    const isStatic = node['static'] === true;
    const doc = this.#doc(node);
    const value = child(node, 'value');
    switch (node.type) {
      case 'TSPropertySignature':
      case 'PropertyDefinition': {
        const made = value?.type === 'NewExpression' ? this.#slice(child(value, 'callee')) : '';
        const type = this.#type(node) || made;
        return [{ kind: 'property', name, type, isOptional: node['optional'] === true, isStatic, doc }];
      }
      case 'TSMethodSignature':
        return [{ kind: 'method', name, signature: this.#signature(name, node), isStatic, doc }];
      case 'MethodDefinition': {
        if (value === undefined) return [];
        if (node['kind'] !== 'get')
          return [{ kind: 'method', name, signature: this.#signature(name, value), isStatic, doc }];
        const returns = child(value, 'returnType');
        const type = returns === undefined ? '' : this.#slice(child(returns, 'typeAnnotation'));
        return [{ kind: 'property', name, type, isOptional: false, isStatic, doc }];
      }
      default:
        return [];
    }
  }

  #members(declaration: SyntaxNode): (Property | Method)[] {
    const body = child(declaration, 'body');
    return body === undefined ? [] : children(body, 'body').flatMap((node) => this.#member(node));
  }

  /** @param statement the export around it, before which its comment stands */
  read(statement: SyntaxNode, declaration: SyntaxNode): Declaration[] {
    const doc = this.#doc(statement);
    const name = nameOf(child(declaration, 'id'));
    const body = child(declaration, 'body');
    const until = body?.start ?? endOf(declaration);
    const head = plain(this.#text.slice(declaration.start, until));
    switch (declaration.type) {
      case 'ClassDeclaration':
        return [{ kind: 'class', name, head, doc, members: this.#members(declaration) }];
      case 'TSInterfaceDeclaration':
        return [{ kind: 'interface', name, head, doc, members: this.#members(declaration) }];
      case 'TSTypeAliasDeclaration':
        return [{ kind: 'type', name, head: head.replace(/;$/u, ''), doc, members: [] }];
      case 'FunctionDeclaration':
        return [{ kind: 'value', name, head, doc, members: [] }];
      case 'VariableDeclaration':
        return children(declaration, 'declarations').map((one) => {
          const id = child(one, 'id');
          const type = id === undefined ? '' : this.#type(id);
          const own = nameOf(id);
          return {
            kind: 'value',
            name: own,
            head: `const ${own}${type === '' ? '' : `: ${type}`}`,
            doc,
            members: [],
          };
        });
      default:
        return [];
    }
  }
}

function statementsOf(file: SourceFile): SyntaxNode[] {
  const program: unknown = parseAst(file.text, { lang: 'ts', sourceType: 'module' }, file.path);
  return isSyntaxNode(program) ? children(program, 'body') : [];
}

/** Everything that one module declares and exports. */
export function declarationsIn(file: SourceFile): Declaration[] {
  const reader = new Reader(file.text);
  return statementsOf(file).flatMap((statement) => {
    const declaration = child(statement, 'declaration');
    return statement.type !== 'ExportNamedDeclaration' || declaration === undefined
      ? []
      : reader.read(statement, declaration);
  });
}

/** What an index re-exports, in its order: the module's path as it is written, and the name. */
export function reExportsIn(file: SourceFile): { from: string; name: string }[] {
  return statementsOf(file).flatMap((statement) => {
    const from = nameOf(child(statement, 'source'));
    if (statement.type === 'ExportAllDeclaration')
      throw new ApiError(`${file.path}: name what is exported, instead of export *`);
    if (statement.type !== 'ExportNamedDeclaration' || from === '') return [];
    return children(statement, 'specifiers').map((one) => ({ from, name: nameOf(child(one, 'local')) }));
  });
}
