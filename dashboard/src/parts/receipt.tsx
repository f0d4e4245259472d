// The receipt of a deployment: what it did to users, in figures.

import type { Deployment, Judgement, Receipt } from "../types";
import { receiptLines } from "../words/receipt";

interface Props {
  d: Deployment;
  receipt: Receipt;
  judgements?: Judgement[];
}

export function ReceiptList({ d, receipt, judgements }: Props) {
  const lines = receiptLines(d, receipt, judgements);
  if (!lines.length) return <p class="dim">Users saw nothing of it.</p>;
  return (
    <dl class="receipt">
      {lines.map(([name, text], index) => (
        <div key={index}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
